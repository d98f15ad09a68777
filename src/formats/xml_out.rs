//! XML for others: written by quick-xml, so that every string that the store accepts comes out well-formed.

use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;

use crate::error::{Error, Result};
use crate::model::text::is_xml_char;

/// A document that is being written.
pub(super) struct Out(Writer<Vec<u8>>);

/// Attributes: name and value.
pub(super) type Attributes<'a> = [(&'a str, &'a str)];

impl Out {
    /// Begins a document.
    pub(super) fn document() -> Result<Out> {
        let mut out = Out(Writer::new(Vec::with_capacity(8 * 1024)));
        out.event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        out.event(Event::Text(BytesText::from_escaped("\n")))?;
        Ok(out)
    }

    fn event(&mut self, event: Event<'_>) -> Result<()> {
        self.0.write_event(event).map_err(Error::internal)
    }

    fn start<'a>(name: &'a str, attributes: &Attributes<'_>) -> BytesStart<'a> {
        let mut start = BytesStart::new(name);
        for (key, value) in attributes {
            // A reader makes spaces of line breaks and tabs in attributes, unless they are written as references.
            let value = escaped(value).replace('\n', "&#10;").replace('\t', "&#9;");
            start.push_attribute(Attribute { key: QName(key), value: value.into() });
        }
        start
    }

    /// Opens an element.
    pub(super) fn open(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<()> {
        self.event(Event::Start(Self::start(name, attributes)))
    }

    /// Closes it.
    pub(super) fn close(&mut self, name: &str) -> Result<()> {
        self.event(Event::End(BytesEnd::new(name)))
    }

    /// An element without content.
    pub(super) fn empty(&mut self, name: &str, attributes: &Attributes<'_>) -> Result<()> {
        self.event(Event::Empty(Self::start(name, attributes)))
    }

    /// An element with text.
    pub(super) fn text(&mut self, name: &str, attributes: &Attributes<'_>, text: &str) -> Result<()> {
        self.open(name, attributes)?;
        self.words(text)?;
        self.close(name)
    }

    /// Text between elements.
    pub(super) fn words(&mut self, text: &str) -> Result<()> {
        self.event(Event::Text(BytesText::from_escaped(escaped(text))))
    }

    /// The same, where there is a text.
    pub(super) fn maybe(&mut self, name: &str, attributes: &Attributes<'_>, text: Option<&str>) -> Result<()> {
        match text {
            Some(text) => self.text(name, attributes, text),
            None => Ok(()),
        }
    }

    /// The document.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_inner()
    }
}

/// The text as it stands in a document. What XML 1.0 forbids is left out; no door lets it in.
fn escaped(text: &str) -> String {
    let fit: String = text.chars().filter(|c| is_xml_char(*c)).collect();
    // A reader makes a line feed of a carriage return, unless it is written as a reference.
    escape(fit.as_str()).replace('\r', "&#13;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use quick_xml::Reader;

    #[test]
    fn what_is_written_is_read_back() {
        let hostile = "a <b> & \"c\" 'd' ]]> \u{0}\u{FFFE}é \u{1F4F0}\r\n\tend";
        let mut out = Out::document().unwrap();
        out.open("r", &[("a", hostile)]).unwrap();
        out.text("t", &[], hostile).unwrap();
        out.close("r").unwrap();
        let bytes = out.finish();
        let mut reader = Reader::from_reader(bytes.as_slice());
        let (mut text, mut attribute, mut buffer) = (String::new(), String::new(), Vec::new());
        loop {
            match reader.read_event_into(&mut buffer).unwrap() {
                Event::Start(start) if start.name().as_ref() == "r" => {
                    let value = start.attributes().next().unwrap().unwrap();
                    attribute = quick_xml::escape::unescape(&value.value).unwrap().into();
                }
                Event::Text(part) => text.push_str(&part),
                Event::GeneralRef(name) => {
                    text.push_str(&quick_xml::escape::unescape(&format!("&{};", &*name)).unwrap());
                }
                Event::Eof => break,
                _ => {}
            }
            buffer.clear();
        }
        let told: String = hostile.chars().filter(|c| is_xml_char(*c)).collect();
        assert_eq!((attribute.as_str(), text.trim_start_matches('\n')), (told.as_str(), told.as_str()));
    }
}
