"""What embeddings are to a metric."""


class BaseRagasEmbedding: ...
