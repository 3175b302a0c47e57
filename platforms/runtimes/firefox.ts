import { browserPlatforms, type BrowserProduct } from './browser.js';

/** Stock Firefox, over WebDriver BiDi. */
const PRODUCT: BrowserProduct = {
  name: 'firefox',
  engine: 'SpiderMonkey',
  paths: ['/usr/bin/firefox-esr', '/usr/bin/firefox'],
  debianPackage: 'firefox-esr',
  launch: { browser: 'firefox', args: [] },
};

export const firefox = browserPlatforms(PRODUCT);
