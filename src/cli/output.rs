//! Output that tolerates a closed pipe or a full disk.

use std::io::{self, ErrorKind, Write};

/// Passes text on until the pipe is closed, as in `authspec run | head -1`. Later text is discarded, so that
/// the run continues and writes its results. The same applies when the disk is full.
pub(super) struct Reader<'a> {
    out: &'a mut dyn Write,
    is_gone: bool,
    /// Why the output cannot be written; reported at the end.
    why: Option<io::Error>,
}

impl<'a> Reader<'a> {
    /// Passes text on to this writer.
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out, is_gone: false, why: None }
    }

    /// Reports what was not written, and why.
    pub(super) fn end(self) -> io::Result<()> {
        let told =
            |why: io::Error| io::Error::new(why.kind(), format!("cannot write the output: {why}"));
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
