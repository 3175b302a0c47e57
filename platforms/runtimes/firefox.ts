import { browserPlatforms, type BrowserProduct } from './browser.js';

/** Stock Firefox, over WebDriver BiDi. */
const PRODUCT: BrowserProduct = {
  name: 'firefox',
  engine: 'SpiderMonkey',
  paths: ['/usr/bin/firefox-esr', '/usr/bin/firefox'],
  debianPackage: 'firefox-esr',
  launch: { browser: 'firefox', args: [] },
  // firefox/140.12.0
  readVersion: (text) => ({ version: text.replace(/^.*\//, '') }),
};

export const firefox = browserPlatforms(PRODUCT);
