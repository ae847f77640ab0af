import-overtaken = Another import adds the same records. Let it end, then import again.
import-unreadable = { $source } cannot be read: { $cause }.
import-no-records = { $source } has no record that could be imported; it looks like { $looks }.
import-header = { $source } has another header line than this import reads; columns missing: { $missing }.
import-truncated = { $source } is truncated: it ends after line { $line } in the middle of the archive. The whole records before were imported; get a complete file and import it again.
import-broken = { $source } is damaged after line { $line }: { $cause }. The whole records before were imported; get a sound file and import it again.
import-interrupted = The database failed after { $read } records, which are in: it cannot be reached, or its disk is full. See that it is well ('stembank doctor'), then import the same file again: it goes on and does nothing twice.
import-stopped = The import was stopped after { $read } records, which are in. Import the same file again to go on: it does nothing twice.
