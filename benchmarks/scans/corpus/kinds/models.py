"""What agents call: models, retrieval, traces and voices."""

from collections.abc import Callable, Mapping

from benchmarks.scans.corpus.kinds.alphabets import (
    ALNUM,
    LOWER_ALNUM,
    UPPER,
    URL_SAFE,
    b64,
    jwt,
)
from benchmarks.scans.stream import Stream

_LETTERS = UPPER + UPPER.lower()


def _openai_project_key(s: Stream) -> str:
    return f"sk-proj-{s.text(URL_SAFE, 74)}T3BlbkFJ{s.text(URL_SAFE, 73)}A"


def _openai_service_key(s: Stream) -> str:
    return f"sk-svcacct-{s.text(URL_SAFE, 74)}T3BlbkFJ{s.text(URL_SAFE, 74)}"


def _pinecone_key(s: Stream) -> str:
    return f"pcsk_{s.text(ALNUM, 6)}_{s.text(ALNUM, 63)}"


def _qdrant_key(s: Stream) -> str:
    return jwt(s.bytes(32), {"access": "m", "subject": f"api-key:{s.uuid()}"})


MODELS: Mapping[str, Callable[[Stream], str]] = {
    "openai_project_key": _openai_project_key,
    "openai_service_key": _openai_service_key,
    "openai_legacy_key": lambda s: f"sk-{s.text(ALNUM, 20)}T3BlbkFJ{s.text(ALNUM, 20)}",
    "anthropic_key": lambda s: f"sk-ant-api03-{s.text(URL_SAFE, 93)}AA",
    "anthropic_admin_key": lambda s: f"sk-ant-admin01-{s.text(URL_SAFE, 93)}AA",
    "huggingface_token": lambda s: "hf_" + s.text(_LETTERS, 34),
    "cohere_key": lambda s: s.text(ALNUM, 40),
    "replicate_token": lambda s: "r8_" + s.text(ALNUM, 37),
    "langsmith_key": lambda s: f"lsv2_{s.pick(('pt', 'sk'))}_{s.hexadecimal(32)}_{s.hexadecimal(10)}",
    "pinecone_key": _pinecone_key,
    "groq_key": lambda s: f"gsk_{s.text(ALNUM, 20)}WGdyb3FY{s.text(ALNUM, 24)}",
    "mistral_key": lambda s: s.text(ALNUM, 32),
    "perplexity_key": lambda s: "pplx-" + s.text(ALNUM, 48),
    "xai_key": lambda s: "xai-" + s.text(ALNUM, 80),
    "openrouter_key": lambda s: "sk-or-v1-" + s.hexadecimal(64),
    "deepseek_key": lambda s: "sk-" + s.hexadecimal(32),
    "elevenlabs_key": lambda s: "sk_" + s.hexadecimal(48),
    "langfuse_secret_key": lambda s: "sk-lf-" + s.uuid(),
    "wandb_key": lambda s: s.hexadecimal(40),
    "tavily_key": lambda s: f"tvly-{s.pick(('', 'dev-'))}{s.text(ALNUM, 32)}",
    "nvidia_key": lambda s: "nvapi-" + s.text(URL_SAFE, 64),
    "together_key": lambda s: s.hexadecimal(64),
    "fireworks_key": lambda s: "fw_" + s.text(ALNUM, 24),
    "voyage_key": lambda s: "pa-" + s.text(URL_SAFE, 43),
    "qdrant_key": _qdrant_key,
    "weaviate_key": lambda s: b64(s.bytes(36)),
    "deepgram_key": lambda s: s.hexadecimal(40),
    "assemblyai_key": lambda s: s.hexadecimal(32),
    "serpapi_key": lambda s: s.hexadecimal(64),
    "jina_key": lambda s: f"jina_{s.hexadecimal(32)}{s.text(URL_SAFE, 28)}",
    "cerebras_key": lambda s: "csk-" + s.text(LOWER_ALNUM, 48),
}
