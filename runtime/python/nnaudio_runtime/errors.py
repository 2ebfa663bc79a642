"""The errors of the runtime: each names what was wrong and what would be right."""


class AudioError(ValueError):
    """The audio does not fit the graph: rank, dtype, rate, length or a value that is not finite."""


class ModelFileError(ValueError):
    """The file is no graph that this runtime can or should load."""


class ProviderError(RuntimeError):
    """The execution provider asked for does not work on this machine."""


class SelfTestError(RuntimeError):
    """The graph's numbers on this machine are not the numbers it was exported with."""
