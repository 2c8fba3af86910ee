//! What becomes of output that nobody reads any more, or that cannot be written.

use std::io::{self, ErrorKind, Write};

/// Passes text on as long as somebody reads it; once nobody does, as in `authspec run | head -1`, what comes
/// after is thrown away, so that the run goes on and leaves its results. So it does where the disk is full.
pub(super) struct Reader<'a> {
    out: &'a mut dyn Write,
    is_gone: bool,
    /// Why it cannot be written, which is told in the end.
    why: Option<io::Error>,
}

impl<'a> Reader<'a> {
    /// Passes on to this.
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, is_gone: false, why: None }
    }

    /// Says in the end what was not written, and why.
    pub(super) fn end(self) -> io::Result<()> {
        let told = |why: io::Error| {
            io::Error::new(why.kind(), format!("what it says cannot be written: {why}"))
        };
        self.why.map_or(Ok(()), |why| Err(told(why)))
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
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.is_gone = true;
                self.why = Some(error).filter(|it| it.kind() != ErrorKind::BrokenPipe);
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
