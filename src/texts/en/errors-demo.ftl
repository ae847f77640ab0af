demo-not-empty = Only an empty database is filled for a demonstration; this one has something in it.
demo-not-a-demo = { $path } is no demonstration; it stays as it is. Choose another folder by --data.
demo-in-use = Another demonstration is using { $path }; stop it or choose another folder by --data.
demo-folder = The folder { $path } cannot be used: { $cause }.
demonstration-host = This is a demonstration; it answers only to the names of this machine: localhost, 127.0.0.1 and [::1].
