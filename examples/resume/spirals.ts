// Two spirals, one in the other: points, and on which of the two each lies.

const POINTS = 1000;

const points = Array.from({ length: POINTS }, (_, i) => {
  const isSecond = i % 2;
  const turn = (i / POINTS) * 2 * Math.PI;
  const radius = 0.1 + 0.9 * (i / POINTS);
  return {
    x: [radius * Math.sin(turn + isSecond * Math.PI), radius * Math.cos(turn + isSecond * Math.PI)],
    y: isSecond,
  };
});

export const spirals = { x: points.map(({ x }) => x), y: points.map(({ y }) => y) };
