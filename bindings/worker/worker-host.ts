// The script of a worker that hosts models of the library's own parts. Built as one file that imports nothing.

import { expose } from './host.js';

expose();
