"""How files of run and sweep folders are read and written: folders may come from strangers.

Nothing follows a symbolic link, no file is read before its size is known, and what is read has the
shape that archlab writes. Whatever is wrong ends as `errors.LinkError` or `errors.DamagedError`.
"""
