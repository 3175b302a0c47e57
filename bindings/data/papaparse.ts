// The borrowed CSV parser by itself. In the package it is a file of its own, which programs that read no CSV do not load.

import Papa from 'papaparse';

export const { Parser } = Papa;
