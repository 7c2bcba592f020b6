"""From a fit to numbers: metrics, references and what several repeats say together."""
