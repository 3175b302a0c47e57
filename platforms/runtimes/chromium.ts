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
  async engineVersion(browser) {
    const session = await browser.target().createCDPSession();
    return (await session.send('Browser.getVersion')).jsVersion;
  },
};

export const chromium = browserPlatforms(PRODUCT);
