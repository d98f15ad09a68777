// Two providers on loopback: the certified `oidc-provider` as it is, and one of the shape of X (OAuth 2.0 with PKCE; no ID
// token, no nonce, no address of mail).

import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';

export const CLIENT = 'masthead-at-test';
export const SECRET = 'a-secret-of-the-browser-test';

/** Listens on a free port of loopback; gives the server and its address. */
export async function listen(handler, port = 0) {
  const server = http.createServer(handler);
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return { server, port: server.address().port };
}

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

/** A provider of the shape of X. */
export async function xShaped() {
  const codes = new Map(), tokens = new Set();
  const json = (response, status, value) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  const { server, port } = await listen(async (request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    if (request.method === 'GET' && url.pathname === '/i/oauth2/authorize') {
      const ask = Object.fromEntries(url.searchParams);
      const sound = ask.response_type === 'code' && ask.client_id === CLIENT && ask.code_challenge_method === 'S256';
      if (!sound || !ask.state || !ask.scope?.includes('users.read')) return response.writeHead(400).end('what is this?');
      const hidden = ['state', 'redirect_uri', 'code_challenge']
        .map((name) => `<input type="hidden" name="${name}" value="${ask[name].replaceAll('"', '&quot;')}">`).join('');
      response.writeHead(200, { 'content-type': 'text/html' }).end(
        `<!DOCTYPE html><title>X at the test</title><body style="font-family:sans-serif;padding:3em"><h1>Authorize the newspaper?</h1>
         <form method="post" action="/authorize">${hidden}<button name="do" value="allow">Authorize app</button>
         <button name="do" value="cancel">Cancel</button></form>`);
    } else if (request.method === 'POST' && url.pathname === '/authorize') {
      const form = await body(request);
      const back = new URL(form.get('redirect_uri'));
      back.searchParams.set('state', form.get('state'));
      if (form.get('do') === 'allow') {
        const code = randomBytes(16).toString('hex');
        codes.set(code, { challenge: form.get('code_challenge'), redirect: form.get('redirect_uri') });
        back.searchParams.set('code', code);
      } else {
        back.searchParams.set('error', 'access_denied');
      }
      response.writeHead(302, { location: back.href }).end();
    } else if (request.method === 'POST' && url.pathname === '/2/oauth2/token') {
      const form = await body(request);
      const basic = 'Basic ' + Buffer.from(`${CLIENT}:${SECRET}`).toString('base64');
      const known = codes.get(form.get('code'));
      codes.delete(form.get('code'));
      const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
      if (request.headers.authorization !== basic) return json(response, 401, { error: 'unauthorized_client' });
      if (!known || known.challenge !== challenge || known.redirect !== form.get('redirect_uri')) {
        return json(response, 400, { error: 'invalid_request' });
      }
      const token = randomBytes(16).toString('hex');
      tokens.add(token);
      json(response, 200, { token_type: 'bearer', expires_in: 7200, access_token: token, scope: 'users.read tweet.read' });
    } else if (request.method === 'GET' && url.pathname === '/2/users/me') {
      const token = request.headers.authorization?.replace('Bearer ', '');
      if (!tokens.has(token)) return json(response, 401, { title: 'Unauthorized' });
      json(response, 200, { data: { id: '2244994945', name: 'Grace at X', username: 'grace' } });
    } else {
      response.writeHead(404).end();
    }
  });
  return { server, issuer: `http://127.0.0.1:${port}` };
}

/** The certified provider; whoever logs in there has an address of the name that they type. */
export async function certified(Provider, callback) {
  let answer = (request, response) => response.writeHead(503).end();
  const { server, port } = await listen((request, response) => answer(request, response));
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT, client_secret: SECRET, redirect_uris: [callback], grant_types: ['authorization_code'] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    findAccount: (context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} of Acme`, email: `${id}@acme.example`, email_verified: true }),
    }),
    pkce: { required: () => true },
  });
  answer = provider.callback();
  return { server, issuer };
}
