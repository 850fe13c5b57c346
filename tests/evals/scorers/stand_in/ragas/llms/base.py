"""What a model is to a metric."""


class InstructorBaseRagasLLM: ...
