// The borrowed SHA-256 by itself, for hosts without crypto.subtle. In the package it is a file of its own, which others do not load.

export { sha256 } from '@noble/hashes/sha2.js';
