package dev.counterweight.kafka;

import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What an error comes from: clients wrap what happened, some of them several times. */
public final class Causes {
  private Causes() {}

  /** The error itself, its cause, the cause of that, and so on; nothing without an error. */
  public static Stream<Throwable> of(@Nullable Throwable error) {
    return Stream.<Throwable>iterate(error, Objects::nonNull, Throwable::getCause);
  }

  /** The outermost of a type. */
  public static <E> Optional<E> first(Class<E> type, @Nullable Throwable error) {
    return of(error).filter(type::isInstance).map(type::cast).findFirst();
  }

  /** Whether one is of a type. */
  public static boolean any(Class<?> type, @Nullable Throwable error) {
    return of(error).anyMatch(type::isInstance);
  }

  /** The innermost, which tells most. */
  public static Throwable root(Throwable error) {
    return of(error).reduce(error, (outer, inner) -> inner);
  }
}
