//! What becomes of output that nobody reads any more.

use std::io::{self, ErrorKind, Write};

/// Passes text on as long as somebody reads it; once nobody does, as in `authspec run | head -1`, what comes
/// after is thrown away, so that the run goes on and leaves its results.
pub(super) struct Reader<'a> {
    out: &'a mut dyn Write,
    is_gone: bool,
}

impl<'a> Reader<'a> {
    /// Passes on to this.
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, is_gone: false }
    }

    fn unless_gone<T>(
        &mut self,
        nothing: T,
        write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.is_gone {
            return Ok(nothing);
        }
        match write(&mut *self.out) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_gone = true;
                Ok(nothing)
            }
            done => done,
        }
    }
}

impl Write for Reader<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.unless_gone(text.len(), |out| out.write(text))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_gone((), |out| out.flush())
    }
}
