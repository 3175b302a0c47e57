// A failed assertion of the debug build ends in a trap, whose stack names the kernel; the module imports nothing for it.
export function abort(_message: string | null, _file: string | null, _line: u32, _column: u32): void {
  unreachable();
}
