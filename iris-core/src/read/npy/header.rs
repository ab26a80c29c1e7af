//! The header of numpy's files: a dict of Python's with three keys.

use crate::error::{Error, Result};
use crate::read::pickle::Dtype;

/// What a header says of the bytes that follow.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) dtype: Dtype,
    pub(super) is_fortran: bool,
    pub(super) shape: Vec<usize>,
}

pub(super) fn parse(text: &str) -> Result<Header> {
    let mut text = Text { whole: text, rest: text };
    text.expect("{")?;
    let (mut dtype, mut is_fortran, mut shape) = (None, None, None);
    while !text.skip("}") {
        let key = text.string()?;
        text.expect(":")?;
        let is_again = match key.as_str() {
            "descr" => dtype.replace(text.dtype()?).is_some(),
            "fortran_order" => is_fortran.replace(text.flag()?).is_some(),
            "shape" => shape.replace(text.shape()?).is_some(),
            _ => true,
        };
        if is_again {
            return Err(text.unexpected());
        }
        if !text.skip(",") {
            text.expect("}")?;
            break;
        }
    }
    match (dtype, is_fortran, shape) {
        (Some(dtype), Some(is_fortran), Some(shape)) if text.rest.trim().is_empty() => {
            Ok(Header { dtype, is_fortran, shape })
        }
        _ => Err(text.unexpected()),
    }
}

/// What is left of a header.
struct Text<'h> {
    whole: &'h str,
    rest: &'h str,
}

impl Text<'_> {
    /// Passes `token`, with the space before it, if it comes next.
    fn skip(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<()> {
        if self.skip(token) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn flag(&mut self) -> Result<bool> {
        if self.skip("True") {
            return Ok(true);
        }
        self.expect("False").map(|()| false)
    }

    /// A string in either quotes, in which only these and backslashes are escaped.
    fn string(&mut self) -> Result<String> {
        let quote = if self.skip("'") { '\'' } else { '"' };
        if quote == '"' {
            self.expect("\"")?;
        }
        let mut string = String::new();
        let mut characters = self.rest.chars();
        loop {
            match characters.next() {
                Some(end) if end == quote => break,
                Some('\\') => match characters.next() {
                    Some(escaped @ ('\\' | '\'' | '"')) => string.push(escaped),
                    _ => return Err(self.unexpected()),
                },
                Some(character) => string.push(character),
                None => return Err(self.unexpected()),
            }
        }
        self.rest = characters.as_str();
        Ok(string)
    }

    fn shape(&mut self) -> Result<Vec<usize>> {
        self.expect("(")?;
        let mut sizes = Vec::new();
        while !self.skip(")") {
            let rest = self.rest.trim_start();
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (digits, rest) = rest.split_at(end);
            sizes.push(digits.parse().map_err(|_| self.unexpected())?);
            self.rest = rest.strip_prefix('L').unwrap_or(rest);
            // A tuple of one has a comma behind it; without, it is a number.
            if !self.skip(",") {
                self.expect(")")?;
                if sizes.len() == 1 {
                    return Err(self.unexpected());
                }
                break;
            }
        }
        Ok(sizes)
    }

    fn dtype(&mut self) -> Result<Dtype> {
        if !self.skip("[") {
            return Dtype::named(&self.string()?);
        }
        let mut parts = Vec::new();
        while !self.skip("]") {
            parts.push(self.part()?);
            if !self.skip(",") {
                self.expect("]")?;
                break;
            }
        }
        Dtype::structured(parts).ok_or_else(too_large)
    }

    /// A name and a type, and how many of these if it is no single one.
    fn part(&mut self) -> Result<(String, Dtype)> {
        let plain = |_| Error::unsupported("a structured dtype with fields that are not plain");
        self.expect("(")?;
        let name = self.string().map_err(plain)?;
        self.expect(",")?;
        let mut dtype = Dtype::named(&self.string().map_err(plain)?)?;
        if self.skip(")") {
            return Ok((name, dtype));
        }
        self.expect(",")?;
        let sizes = self.shape()?;
        let n = sizes.into_iter().try_fold(1usize, usize::checked_mul);
        dtype = n.and_then(|n| dtype.repeated(n)).ok_or_else(too_large)?;
        self.expect(")")?;
        Ok((name, dtype))
    }

    #[cold]
    fn unexpected(&self) -> Error {
        let offset = self.whole.len() - self.rest.len();
        Error::malformed(format!("an array's header that numpy does not write, at character {offset} of it"))
    }
}

#[cold]
fn too_large() -> Error {
    Error::malformed("a dtype of more bytes than can be counted")
}
