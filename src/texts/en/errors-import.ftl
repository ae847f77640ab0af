import-overtaken = Another import adds the same records. Let it end, then import again.
import-unreadable = { $source } cannot be read: { $cause }.
import-header = { $source } has another header line than this import reads; columns missing: { $missing }.
import-truncated = { $source } is truncated: it ends after line { $line } in the middle of the archive. The whole records before were imported; get a complete file and import it again.
import-broken = { $source } is damaged after line { $line }: { $cause }. The whole records before were imported; get a sound file and import it again.
