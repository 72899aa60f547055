"""Conversation: the last turn becomes a question that stands alone, the others are cut to what fits."""

from wenyuan.conversation.evidence import supported
from wenyuan.conversation.model_rewriter import ModelRewriter
from wenyuan.conversation.protocol import Rewriter, Standalone
from wenyuan.conversation.rewriter import RuleRewriter
from wenyuan.conversation.summary import Shortened, Summarise, by_model, shorten

__all__ = [
    "ModelRewriter",
    "Rewriter",
    "RuleRewriter",
    "Shortened",
    "Standalone",
    "Summarise",
    "by_model",
    "shorten",
    "supported",
]
