"""The class that a model of one's own is a subclass of."""

from abc import ABC, abstractmethod
from typing import Any


class DeepEvalBaseLLM(ABC):
    def __init__(self) -> None:
        self.model = self.load_model()

    @abstractmethod
    def load_model(self) -> Any: ...

    @abstractmethod
    def generate(self, *args: Any, **kwargs: Any) -> Any: ...

    @abstractmethod
    async def a_generate(self, *args: Any, **kwargs: Any) -> Any: ...

    @abstractmethod
    def get_model_name(self) -> str: ...
