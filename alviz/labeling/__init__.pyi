from .session import Asked, Session, SessionProgress

__all__ = ["Asked", "Session", "SessionProgress"]
