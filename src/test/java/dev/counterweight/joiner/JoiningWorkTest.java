package dev.counterweight.joiner;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JoiningWorkTest {
  @Test
  void theStateNamesTheSideThatIsNotReadToItsEnd() {
    assertThat(JoiningWork.unread(0, 0)).isEmpty();
    assertThat(JoiningWork.unread(0, 7)).isEqualTo(", 7 labels are not read yet");
    assertThat(JoiningWork.unread(3, 0)).isEqualTo(", 3 events are not read yet");
  }
}
