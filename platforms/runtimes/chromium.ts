import { CHROMIUM_FLAGS } from '../../scripts/chromium-flags.mjs';
import { browserPlatforms, type BrowserProduct } from './browser.js';

const PRODUCT: BrowserProduct = {
  name: 'chromium',
  engine: 'V8',
  paths: ['/usr/bin/chromium', '/usr/bin/chromium-browser'],
  debianPackage: 'chromium',
  launch: {
    browser: 'chrome',
    args: CHROMIUM_FLAGS,
  },
  async engineVersion(browser) {
    const session = await browser.target().createCDPSession();
    return (await session.send('Browser.getVersion')).jsVersion;
  },
};

export const chromium = browserPlatforms(PRODUCT);
