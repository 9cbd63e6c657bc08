from .hint import stopping_hint
from .review import Review, review
from .session import Asked, Session, SessionProgress

__all__ = ["Asked", "Review", "Session", "SessionProgress", "review", "stopping_hint"]
