// Every article of a running server: Portable Text as `@portabletext/to-html` renders it says what the server's HTML says, with
// notices in the body (REST) and without (GraphQL). Run by `.ci/portable-text`, which puts this file beside what it imports.
//
// Both are parsed, and compared as lines: what a block of text is, its text with white space as a browser shows it, and which
// marks and links each part of it has, however they are nested; pictures with their alternative texts; the links in order.
import { toHTML } from '@portabletext/to-html'
import { parseFragment } from 'parse5'
import { components } from './components.mjs'

const BASE_URL = (process.env.BASE_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '')
const MOST = Number(process.env.MOST ?? Infinity) // articles at most

async function ask(path, options) {
  for (;;) {
    const answer = await fetch(BASE_URL + path, { ...options, signal: AbortSignal.timeout(30_000) })
    if (answer.status === 429 || answer.status === 503) {
      await new Promise((done) => setTimeout(done, 1000 * Number(answer.headers.get('retry-after') ?? 1)))
      continue
    }
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`${path} answers ${answer.status}: ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }
}

async function* slugs() {
  let after = ''
  do {
    const page = await ask(`/v1/articles?first=100&fields=slug${after}`)
    for (const { slug } of page.data) yield slug
    after = page.pageInfo.hasNextPage ? `&after=${encodeURIComponent(page.pageInfo.endCursor)}` : ''
  } while (after)
}

/** The body with its notices, and without. */
async function bodies(slug) {
  const one = await ask(`/v1/articles/${encodeURIComponent(slug)}?fields=slug&body=html,portableText`)
  const query = `query Body($slug: String!) { article(slug: $slug) {
    label disclaimers { text } corrections { publishedAt text } body(notices: SEPARATE) { html portableText } } }`
  const asked = JSON.stringify({ query, variables: { slug } })
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const { data, errors } = await ask('/graphql', { method: 'POST', headers, body: asked })
  if (errors || !data.article) throw new Error(`${slug} over GraphQL: ${JSON.stringify(errors ?? data)}`)
  return [['with notices', one.body], ['without notices', data.article.body]]
}

const BLOCKS = new Set(
  ('address article aside blockquote caption dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre ' +
    'section table tbody td tfoot th thead tr ul').split(' '),
)
const KINDS = new Set('h1 h2 h3 h4 h5 h6 pre td th caption figcaption aside footer'.split(' '))
const MARKS = new Set('strong em u s sub sup code'.split(' '))
const attribute = (node, name) => node.attrs.find((one) => one.name === name)?.value ?? null

/** What a reader gets of some HTML: lines, each with what it is and its parts of equal marks; and the addresses of the links. */
function read(html) {
  const lines = []
  const links = []
  let line = []
  let kind = ''

  function add(at, text) {
    if (line.length === 0) kind = `${at.item}${at.kind}`
    const marks = [...at.marks].sort().join(' ')
    if (line.at(-1)?.[0] === marks) line.at(-1)[1] += text
    else line.push([marks, text])
  }
  function end() {
    if (!kind.endsWith('pre')) tidy(line)
    line = line.filter(([, text]) => text !== '')
    if (line.length > 0) lines.push([kind, ...line])
    line = []
  }
  function walk(node, at) {
    const name = node.nodeName
    // A line break of the source is a blank; the one of a `br` is put in below.
    if (name === '#text') return add(at, at.kind === 'pre' ? node.value : node.value.replace(/[ \t\n\f\r]+/g, ' '))
    const block = BLOCKS.has(name)
    if (block) {
      end()
      at = { ...at, marks: [] }
    }
    if (KINDS.has(name)) at = { ...at, kind: name }
    else if (MARKS.has(name) && at.kind !== 'pre') at = { ...at, marks: [...at.marks.filter((mark) => mark !== name), name] }
    if (name === 'br') add(at, '\n')
    if (name === 'hr') lines.push(['hr'])
    if (name === 'img') lines.push(['img', ...['src', 'alt', 'width', 'height'].map((one) => attribute(node, one))])
    if (name === 'a') {
      // Marks nest in more than one way, so that one link may be two elements.
      if (links.at(-1) !== attribute(node, 'href')) links.push(attribute(node, 'href'))
      at = { ...at, marks: [...at.marks, `link ${attribute(node, 'href')} ${attribute(node, 'title') ?? ''}`] }
    }
    if (name === 'ol' || name === 'ul') at = { ...at, list: { name, stated: attribute(node, 'start') } }
    if (name === 'li') {
      // Only a number that is stated: which one follows is a matter of how lists nest, and there renderers differ.
      const number = attribute(node, 'value') ?? at.list.stated
      at.list.stated = null
      at = { ...at, item: at.list.name === 'ol' ? `${number ?? '#'} ` : '- ' }
    }
    for (const child of node.childNodes ?? []) walk(child, at)
    if (block) end()
  }
  walk(parseFragment(html), { kind: 'p', item: '', list: null, marks: [] })
  end()
  return { lines: lines.map((one) => JSON.stringify(one)), links }
}

/** White space as a browser shows it: a run of blanks is one, and there is none beside a line break. A no-break space is text. */
function tidy(line) {
  let before = '\n'
  for (const part of line) {
    part[1] = Array.from(part[1], (c) => (c === ' ' && (before === ' ' || before === '\n') ? '' : (before = c))).join('')
  }
  let after = '\n'
  for (const part of line.toReversed()) {
    part[1] = Array.from(part[1]).reverse().map((c) => (c === ' ' && after === '\n' ? '' : (after = c))).reverse().join('')
  }
}

/** The first difference, if there is one. */
function difference(ours, theirs) {
  for (const what of ['lines', 'links']) {
    const most = Math.max(ours[what].length, theirs[what].length)
    for (let i = 0; i < most; i++) {
      if (ours[what][i] !== theirs[what][i]) return `${what}[${i}]\n    HTML          ${ours[what][i]}\n    Portable Text ${theirs[what][i]}`
    }
  }
}

let compared = 0
let different = 0
const total = { lines: 0, links: 0 }
for await (const slug of slugs()) {
  if (compared >= MOST) break
  const found = []
  const both = await bodies(slug).catch((error) => (found.push(String(error)), []))
  for (const [how, { html, portableText }] of both) {
    const missing = []
    const ours = read(html)
    const theirs = read(toHTML(portableText, { components, onMissingComponent: (message) => missing.push(message) }))
    found.push(...missing.map((message) => `${how}: ${message}`))
    const first = difference(ours, theirs)
    if (first) found.push(`${how}: ${first}`)
    total.lines += ours.lines.length
    total.links += ours.links.length
  }
  if (found.length > 0) {
    different += 1
    if (different <= 10) console.log(`FAIL ${slug} ${found.join('\n  ')}`)
  }
  compared += 1
}
const seen = `${compared} articles compared twice, ${total.lines} lines and ${total.links} links; ${different} differ`
const failed = compared === 0 || different > 0
console.log(`${failed ? 'FAIL' : 'PASS'} portable-text: ${seen}`)
process.exitCode = failed ? 1 : 0
