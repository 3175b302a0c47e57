import { browserPlatforms, type BrowserProduct } from './browser.js';

const PRODUCT: BrowserProduct = {
  name: 'chromium',
  engine: 'V8',
  paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser'],
  debianPackage: 'chromium',
  launch: {
    browser: 'chrome',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync'],
    ],
  },
  // Chrome/140.0.7339.80, or HeadlessChrome/...
  readVersion: (text) => ({ version: text.replace(/^.*\//, '') }),
};

export const chromium = browserPlatforms(PRODUCT);
