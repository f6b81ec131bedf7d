package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.EventRejectedException.Reason;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What tests demand of events that must not be read. */
final class Rejections {
  private Rejections() {}

  static void assertRejected(ThrowingCallable call, Reason reason, String words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            EventRejectedException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(words);
  }
}
