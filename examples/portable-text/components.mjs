// Portable Text of Masthead for `@portabletext/to-html`: what its standard components do not know. Those for React, Vue and
// Svelte take components of the same names; `.ci/portable-text` holds these against the HTML that Masthead makes itself.
//
//   import { toHTML } from '@portabletext/to-html'
//   import { components } from './components.mjs'
//   const html = toHTML(article.body.portableText, { components, onMissingComponent: false })
//
// What every body keeps to, so that nothing needs to be repaired here: addresses are http, https, mailto, tel or relative;
// "\n" in a text is a line break; `_key`s are places, so they change when a block is put in before.

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c])
const attributes = (pairs) =>
  Object.entries(pairs).map(([name, value]) => (value === undefined ? '' : ` ${name}="${escape(value)}"`)).join('')

// Captions, credits and cells are spans as a block has them (`children`, `markDefs`), to be rendered without a paragraph around.
// A caption or credit is a plain string, and stands as spans beside (`richCaption`, `richCredit`) when it has links or other marks.
const inline = (spans, renderNode) =>
  renderNode({ node: { _type: 'block', style: 'inline', ...spans }, index: 0, isInline: false, renderNode })
const words = (rich, plain, renderNode) =>
  rich ? inline(rich, renderNode) : plain ? inline({ children: [{ _type: 'span', text: plain }] }, renderNode) : ''

// `start` is the number of an item where it is not the one after the item before. An item that the renderer puts in to hold a
// deeper list bears a copy of the deeper item's properties, and no text.
const number = (item) => (item.children[0]?._type === '@list' ? undefined : item.start)

export const components = {
  block: {
    // `cite` is where a quote is from. Neighbouring quotes with the same `cite` are paragraphs of one quote.
    blockquote: ({ children, value }) => `<blockquote${attributes({ cite: value.cite })}><p>${children}</p></blockquote>`,
    // Who is quoted, directly below the quote and without a dash before it.
    attribution: ({ children }) => `<footer>${children}</footer>`,
    // Notices, which have to be shown: label and disclaimers before the text, corrections behind it. They are not here when they
    // were asked for beside the body (`body(notices: SEPARATE)` over GraphQL).
    label: ({ children }) => `<p class="label">${children}</p>`,
    disclaimer: ({ children }) => `<aside class="disclaimer" role="note">${children}</aside>`,
    correction: ({ children, value }) => {
      const at = value.publishedAt
      const day = at === undefined ? '' : `<time${attributes({ datetime: at })}>${escape(at.slice(0, 10))}</time> `
      return `<aside class="correction" role="note">${day}${children}</aside>`
    },
    inline: ({ children }) => children,
  },
  listItem: {
    bullet: ({ children }) => `<li>${children}</li>`,
    number: ({ children, value }) => `<li${attributes({ value: number(value) })}>${children}</li>`,
  },
  marks: {
    underline: ({ children }) => `<u>${children}</u>`,
    'strike-through': ({ children }) => `<s>${children}</s>`,
    sub: ({ children }) => `<sub>${children}</sub>`,
    sup: ({ children }) => `<sup>${children}</sup>`,
    // The standard component loses the title, and takes a relative address with a colon in it (`wiki/File:a.png`) for unsafe.
    link: ({ children, value }) => `<a${attributes({ href: value.href, title: value.title })}>${children}</a>`,
  },
  types: {
    image: ({ value, renderNode }) => {
      const picture = `<img${attributes({ src: value.url, alt: value.alt, width: value.width, height: value.height })}>`
      const caption = words(value.richCaption, value.caption, renderNode)
      const credit = words(value.richCredit, value.credit, renderNode)
      const below = [caption, credit && `<small class="credit">${credit}</small>`].filter(Boolean).join(' ')
      return (
        `<figure>${value.href === undefined ? picture : `<a${attributes({ href: value.href })}>${picture}</a>`}` +
        `${below && `<figcaption>${below}</figcaption>`}</figure>`
      )
    },
    // Only an address and whose it is; whether their player is loaded is the page's decision.
    embed: ({ value }) =>
      `<figure class="embed"${attributes({ 'data-provider': value.provider })}>` +
      `<a${attributes({ href: value.url })}>${escape(value.title ?? value.url)}</a></figure>`,
    // A row with `header` heads the columns, a cell with `header` its row.
    table: ({ value, renderNode }) => {
      const caption = words(value.richCaption, value.caption, renderNode)
      const row = ({ header, cells }) =>
        `<tr>${cells
          .map((cell) => {
            const [tag, scope] = header ? ['th', 'col'] : cell.header ? ['th', 'row'] : ['td']
            return `<${tag}${attributes({ scope })}>${inline(cell, renderNode)}</${tag}>`
          })
          .join('')}</tr>`
      const below = value.rows.findIndex(({ header }) => !header)
      const head = below < 0 ? value.rows.length : below
      const part = (tag, rows) => (rows.length > 0 ? `<${tag}>${rows.map(row).join('')}</${tag}>` : '')
      return (
        `<table>${caption && `<caption>${caption}</caption>`}` +
        `${part('thead', value.rows.slice(0, head))}${part('tbody', value.rows.slice(head))}</table>`
      )
    },
    // White space matters here, so the renderer's own `escapeHTML`, which keeps runs of blanks by no-break spaces, is not used.
    code: ({ value }) =>
      `<pre><code${attributes({ class: value.language && `language-${value.language}` })}>${escape(value.code)}</code></pre>`,
    divider: () => '<hr>',
  },
}
