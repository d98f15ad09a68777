// Drives examples/log-in/index.html in Chromium against the program, as tests/browser/run.sh says.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLIENT, SECRET, certified, listen, xShaped } from './providers.mjs';

const modules = createRequire(path.join(process.env.BROWSER_MODULES, 'package.json'));
const load = (name) => import(pathToFileURL(modules.resolve(name)).href);
const { chromium } = (await load('playwright-core')).default;
// It warns of every default that is not fit for production.
const warn = console.warn;
console.warn = console.info = () => {};
const Provider = (await load('oidc-provider')).default;

const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'masthead-browser-'));
const shots = process.env.SHOTS;
if (shots) fs.mkdirSync(shots, { recursive: true });
const PASSWORD = 'tarn ferry lamp quietly', OTHER = 'marram cutter drift skerry';

const ends = [];
let passed = 0, failed = 0;

async function free() {
  const { server, port } = await listen(() => {});
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// ---- What stands on loopback: the program, the page on two other origins, two providers ----

const port = await free();
const api = `http://127.0.0.1:${port}`;
const x = await xShaped();
const acme = await certified(Provider, `${api}/v1/auth/providers/acme/callback`);
const source = fs.readFileSync(path.join(root, 'examples/log-in/index.html'), 'utf8');
const page = await listen((request, response) => {
  // By its number the page is on the API's site, by its name on another one.
  const mode = request.headers.host.startsWith('localhost') ? 'TOKEN' : 'COOKIE';
  if (new URL(request.url, 'http://x').pathname !== '/') return response.writeHead(404).end();
  const html = source.replace(/data-api="[^"]*" data-mode="[^"]*"/, `data-api="${api}" data-mode="${mode}"`);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
});
ends.push(() => [x, acme, page].forEach(({ server }) => { server.close(); server.closeAllConnections(); }));
const sameSite = `http://127.0.0.1:${page.port}/`, otherSite = `http://localhost:${page.port}/`;
const mail = path.join(folder, 'mail');

const settings = {
  DATABASE__URL: `sqlite://${path.join(folder, 'masthead.db')}`,
  SERVER__BIND: `127.0.0.1:${port}`,
  SITE__NAME: 'The Browser Courier',
  SITE__URL: api,
  LOG__FORMAT: 'human',
  CORS__ORIGINS: `${sameSite.slice(0, -1)},${otherSite.slice(0, -1)}`,
  CORS__CREDENTIALS: 'true',
  MAIL__FOLDER: mail,
  AUTH__RESET_PAGE: `${sameSite}?reset={token}`,
  AUTH__VERIFY_PAGE: `${sameSite}?verify={token}`,
  AUTH__INVITATION_PAGE: `${sameSite}?invitation={token}`,
  AUTH__RETURN_TO: `${sameSite},${otherSite}`,
  OUTBOUND__ALLOW_PRIVATE: 'true',
  PROVIDER__X__CLIENT_ID: CLIENT,
  PROVIDER__X__CLIENT_SECRET: SECRET,
  PROVIDER__X__AUTHORIZATION_URL: `${x.issuer}/i/oauth2/authorize`,
  PROVIDER__X__TOKEN_URL: `${x.issuer}/2/oauth2/token`,
  PROVIDER__X__USERINFO_URL: `${x.issuer}/2/users/me`,
  PROVIDER__ACME__NAME: 'Acme',
  PROVIDER__ACME__TRUSTS_EMAIL: 'true',
  PROVIDER__ACME__ISSUER: acme.issuer,
  PROVIDER__ACME__CLIENT_ID: CLIENT,
  PROVIDER__ACME__CLIENT_SECRET: SECRET,
};
const env = { ...process.env, ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`MASTHEAD__${key}`, value])) };
const how = { cwd: folder, env };
const log = fs.openSync(path.join(folder, 'log'), 'w');
execFileSync(process.env.MASTHEAD_BIN, ['account', 'create', 'ada@example.org', '--name', 'Ada Lovelace', '--password-stdin'],
  { ...how, input: PASSWORD, stdio: ['pipe', log, log] });
const program = spawn(process.env.MASTHEAD_BIN, ['serve'], { ...how, stdio: ['ignore', log, log] });
ends.push(() => program.kill());
for (let n = 0; ; n++) {
  const ready = await fetch(`${api}/readyz`).then((answer) => answer.ok, () => false);
  if (ready) break;
  if (n > 300 || program.exitCode !== null) throw new Error(`the program did not come up:\n${fs.readFileSync(path.join(folder, 'log'))}`);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

// ---- The browser ----

let context, tab, shot = 0, profile;
const bad = [];

/** A browser with a folder of its own: what it keeps when it is closed is there when it is opened again. */
async function open() {
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM, headless: true, viewport: { width: 1000, height: 760 },
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  context.setDefaultTimeout(15_000);
  tab = context.pages()[0] ?? await context.newPage();
  tab.on('pageerror', (error) => bad.push(`page error: ${error.message}`));
}
async function another() {
  await context?.close();
  profile = fs.mkdtempSync(path.join(folder, 'profile-'));
  await open();
}
async function reopen() {
  await context.close();
  await open();
}
async function look(name) {
  if (shots) await tab.screenshot({ path: path.join(shots, `${String(++shot).padStart(2, '0')}-${name}.png`) });
}
const settled = () => tab.waitForSelector('section:not([hidden])');
const go = async (address) => { await tab.goto(address); await settled(); };
const says = (text) => tab.waitForFunction((text) => document.getElementById('note').textContent.includes(text), text);
const isIn = (name) => tab.waitForFunction((name) => !document.getElementById('account').hidden && document.getElementById('who').textContent === name, name);
const isOut = () => tab.waitForSelector('#log-in:not([hidden])');
async function logIn(email, password, remember) {
  await tab.fill('#email', email);
  await tab.fill('#password', password);
  await tab.setChecked('#remember', remember);
  await tab.click('#log-in .main');
}
const logOut = async () => { await tab.click('#log-out'); await says('You are logged out'); };
const button = (provider) => tab.click(`.providers [data-provider=${provider}]`);
const mails = () => (fs.existsSync(mail) ? fs.readdirSync(mail).filter((name) => name.endsWith('.eml')) : []);

/** The link in the next mail to somebody. */
async function link(to, before) {
  for (let n = 0; n < 150; n++) {
    for (const name of mails().filter((name) => !before.includes(name))) {
      const text = fs.readFileSync(path.join(mail, name), 'utf8').replaceAll('=\r\n', '').replaceAll('=3D', '=');
      if (text.includes(`To: ${to}`)) return text.match(/http:\/\/127\.0\.0\.1:\d+\/\?(?:reset|verify)=[\w-]+/)[0];
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no mail came to ${to}`);
}

async function test(name, work) {
  try {
    await another();
    await work();
    if (bad.length) throw new Error(bad.splice(0).join('; '));
    passed++;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    bad.length = 0;
    await look('failed').catch(() => {});
    console.log(`FAIL  ${name}: ${error.message.split('\n').slice(0, 3).join(' ')} [at ${tab?.url()}]`);
  }
}

async function atAcme(who) {
  await tab.fill('[name=login]', who);
  await tab.fill('[name=password]', 'anything');
  await tab.click('button[type=submit]');
  // Its next page asks for consent.
  await tab.waitForSelector('text=Continue');
  await tab.click('button[type=submit]');
}

let ada = PASSWORD;
for (const [site, place] of [[sameSite, 'same site, by cookie'], [otherSite, 'other site, by token']]) {
  const cookie = site === sameSite;

  await test(`${place}: a wrong password is told, and nobody is in`, async () => {
    await go(site);
    if (cookie) await look('log-in');
    await logIn('ada@example.org', 'not the password', false);
    await says('do not fit each other');
    await tab.reload();
    await isOut();
  });

  await test(`${place}: without "Remember me" the browser forgets when it is closed`, async () => {
    await go(site);
    await logIn('ada@example.org', ada, false);
    await isIn('Ada Lovelace');
    await tab.reload();
    await isIn('Ada Lovelace');
    if (cookie) {
      const [session] = (await context.cookies(api)).filter(({ name }) => name === 'masthead');
      if (!session?.httpOnly || session.expires !== -1) throw new Error(`the cookie is ${JSON.stringify(session)}`);
    }
    await reopen();
    await go(site);
    await isOut();
  });

  await test(`${place}: with "Remember me" it does not, until log-out`, async () => {
    await go(site);
    await logIn('ada@example.org', ada, true);
    await isIn('Ada Lovelace');
    await look(cookie ? 'account' : 'account-by-token');
    await reopen();
    await go(site);
    await isIn('Ada Lovelace');
    await logOut();
    await tab.reload();
    await isOut();
    await reopen();
    await go(site);
    await isOut();
  });

  await test(`${place}: log-in with X`, async () => {
    await go(site);
    await tab.check('#remember');
    await button('x');
    await tab.waitForSelector('text=Authorize app');
    await look('at-x');
    await tab.click('text=Authorize app');
    await isIn('Grace at X');
    if (tab.url() !== site) throw new Error('the code is still in the address');
    await reopen();
    await go(site);
    await isIn('Grace at X');
    await logOut();
  });

  await test(`${place}: a log-in that is stopped at X is told`, async () => {
    await go(site);
    await button('x');
    await tab.click('text=Cancel');
    await says('You stopped the log-in');
    if (cookie) await look('stopped');
    await isOut();
  });

  await test(`${place}: log-in at a certified OpenID Connect provider`, async () => {
    await go(site);
    await button('acme');
    await look('at-acme');
    await atAcme('ada');
    await isIn('ada of Acme');
    if ((await tab.textContent('#address')) !== 'ada@acme.example') throw new Error('the address is another');
    await logOut();
    await tab.reload();
    await isOut();
  });

  await test(`${place}: a provider is linked with an account, and unlinked`, async () => {
    await go(site);
    await logIn('ada@example.org', ada, false);
    await isIn('Ada Lovelace');
    tab.once('dialog', (dialog) => dialog.accept(ada));
    await tab.click('#links [data-provider=acme] button');
    await atAcme(cookie ? 'linked' : 'linked-2');
    await says('Acme is linked with your account');
    await isIn('Ada Lovelace');
    if (cookie) await look('linked');
    await logOut();
    await button('acme');
    await isIn('Ada Lovelace');
    await tab.click('#links [data-provider=acme] button');
    await says('not linked any more');
  });

  if (cookie) {
    await test(`${place}: "Forgot password?" by a link in the mail`, async () => {
      await go(site);
      await tab.click('text=Forgot password?');
      await tab.fill('#forgot-email', 'ada@example.org');
      await look('forgot');
      const before = mails();
      await tab.click('#forgot .main');
      await says('a link is on its way');
      const address = await link('ada@example.org', before);
      await go(address);
      await tab.waitForSelector('#reset:not([hidden])');
      await look('reset');
      if (tab.url() !== site) throw new Error('the token is still in the address');
      await tab.fill('#new-password', 'password1234');
      await tab.click('#reset .main');
      await says('too easy to guess');
      await tab.fill('#new-password', OTHER);
      await tab.click('#reset .main');
      await says('The password is set');
      await logIn('ada@example.org', ada, false);
      await says('do not fit each other');
      ada = OTHER;
      await logIn('ada@example.org', ada, false);
      await isIn('Ada Lovelace');
      await go(address);
      await tab.fill('#new-password', 'another password of hers');
      await tab.click('#reset .main');
      await says('was used');
    });

    await test(`${place}: sign-up, and the address confirmed by a link in the mail`, async () => {
      await go(site);
      await tab.click('text=Sign up');
      await tab.fill('#name', 'Mary Somerville');
      await tab.fill('#sign-up-email', 'mary@example.org');
      await tab.fill('#sign-up-password', PASSWORD);
      await look('sign-up');
      const before = mails();
      await tab.click('#sign-up .main');
      await says('A link is on its way to you');
      await go(await link('mary@example.org', before));
      await says('Your address is confirmed');
      await logIn('mary@example.org', PASSWORD, false);
      await isIn('Mary Somerville');
    });
  }
}

await context?.close();
for (const end of ends) end();
console.warn = warn;
if (failed) console.log(`\nThe end of the program's log:\n${fs.readFileSync(path.join(folder, 'log'), 'utf8').split('\n').slice(-30).join('\n')}`);
await new Promise((resolve) => setTimeout(resolve, 300));
fs.rmSync(folder, { recursive: true, force: true });
console.log(`browser: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
