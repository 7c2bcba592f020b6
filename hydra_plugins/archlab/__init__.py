"""What archlab adds to Hydra: a launcher, sweepers and a callback.

Importing any of it guards what configs name, in worker processes of other launchers too.
"""

from experiments.config import trust  # noqa: F401
