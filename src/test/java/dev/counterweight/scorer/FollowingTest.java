package dev.counterweight.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.NamedCheckpoint;
import dev.counterweight.checkpoint.ServingOrder;
import dev.counterweight.config.ScorerConfig.Follow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FollowingTest {
  @TempDir Path folder;
  private MadeCheckpoints made;

  @BeforeEach
  void make() {
    made = new MadeCheckpoints(folder, "fraud");
  }

  private Following following(Follow follow) {
    return new Following(follow, made.reader());
  }

  private static long step(Following following) {
    return following.wanted().flatMap(w -> w.step().stream().boxed().findFirst()).orElse(-1L);
  }

  @Test
  void theNewestIsTakenWhateverItsFigures() throws IOException {
    Following newest = following(Follow.NEWEST);
    assertThat(newest.wanted()).isEmpty();

    newest.announced(made.announce(1));
    newest.announced(made.announce(2, MadeCheckpoints.figures(3, 0.1)));

    assertThat(step(newest)).isEqualTo(2);
    assertThat(newest.instead()).extracting(one -> one.step().orElseThrow()).containsExactly(1L);
  }

  @Test
  void oneStepAloneIsTakenAlsoIfItIsNoMoreThanNamed() throws IOException {
    List<Announcement> all = List.of(made.announce(1), made.announce(2), made.announce(3));
    Following fromTheStart = following(Follow.of(2));
    Following late = following(Follow.of(2));

    for (Announcement one : all) {
      fromTheStart.announced(one);
    }
    late.announced(all.get(2));

    assertThat(step(fromTheStart)).isEqualTo(2);
    assertThat(step(late)).isEqualTo(2);
    assertThat(late.instead()).isEmpty();
    Following never = following(Follow.of(9));
    never.announced(all.get(2));
    assertThat(never.wanted()).isEmpty();
  }

  @Test
  void whatIsWorseIsHeldBackUntilALaterOneIsGood() throws IOException {
    Following guarded = following(Follow.GUARDED);
    guarded.announced(made.announce(1));

    guarded.announced(made.announce(2, MadeCheckpoints.figures(0.5, 0.9)));
    assertThat(step(guarded)).isEqualTo(1);
    assertThat(guarded.held().orElseThrow().ref().name()).contains("2");
    assertThat(guarded.held().orElseThrow().worse().get(0)).contains("log loss");

    guarded.announced(made.announce(3, MadeCheckpoints.figures(0.1, 0.3)));
    assertThat(step(guarded)).isEqualTo(1);
    assertThat(guarded.heldBack()).isEqualTo(2);

    guarded.announced(made.announce(4));
    assertThat(step(guarded)).isEqualTo(4);
    assertThat(guarded.held()).isEmpty();
  }

  @Test
  void whatTellsNoFiguresIsTaken() throws IOException {
    Following guarded = following(Follow.GUARDED);
    guarded.announced(made.announce(1));

    guarded.announced(made.announce(2, Map.of("gmean", 0.5)));
    assertThat(step(guarded)).isEqualTo(2);
    guarded.announced(made.announce(3, MadeCheckpoints.figures(3, 0.1)));
    assertThat(step(guarded)).as("against one without figures").isEqualTo(3);
  }

  @Test
  void aRestartFindsTheOneInUseAgainAmongThoseThatAreKept() throws IOException {
    made.announce(1);
    made.announce(2);
    made.announce(3, MadeCheckpoints.figures(0.5, 0.9));
    Announcement newest = made.announce(4, MadeCheckpoints.figures(0.6, 0.9));
    Following restarted = following(Follow.GUARDED);

    restarted.announced(newest);

    assertThat(step(restarted)).isEqualTo(2);
    assertThat(restarted.held().orElseThrow().ref()).isEqualTo(newest.checkpoint());
  }

  @Test
  void anAnnouncementThatGoesBackIsTakenHoweverItsFiguresAre() throws IOException {
    Following guarded = following(Follow.GUARDED);
    Announcement bad = made.announce(5, MadeCheckpoints.figures(0.5, 0.9));
    made.announce(6);
    guarded.announced(made.announce(7));
    assertThat(step(guarded)).isEqualTo(7);

    guarded.announced(
        new Announcement(bad.checkpoint(), 5, 5, Map.of(), bad.folder(), List.of(), bad.inline()));

    assertThat(step(guarded)).isEqualTo(5);
  }

  @Test
  void anOrderGoesBeforeAllUntilItIsTakenBack() throws IOException {
    for (Follow follow : List.of(Follow.NEWEST, Follow.GUARDED, Follow.of(11))) {
      Following following = following(follow);
      Announcement first = made.announce(10);
      following.announced(first);
      following.announced(made.announce(11));

      following.ordered(new ServingOrder(first.checkpoint(), "", new TreeMap<>()));
      following.announced(made.announce(12));
      assertThat(step(following)).as(follow.toString()).isEqualTo(10);
      assertThat(following.isOrdered()).isTrue();

      following.ordered(null);
      assertThat(step(following))
          .as(follow.toString())
          .isEqualTo(follow.equals(Follow.of(11)) ? 11 : 12);
    }
  }

  @Test
  void afterAnOrderTheNewestIsJudgedByTheOneOrdered() throws IOException {
    Following guarded = following(Follow.GUARDED);
    Announcement level = made.announce(1, MadeCheckpoints.figures(0.5, 0.9));
    guarded.announced(made.announce(2));
    assertThat(step(guarded)).isEqualTo(2);
    guarded.announced(made.announce(3, MadeCheckpoints.figures(0.52, 0.9)));
    assertThat(guarded.held()).isPresent();

    guarded.ordered(new ServingOrder(level.checkpoint(), "", new TreeMap<>()));
    assertThat(guarded.held()).isEmpty();
    guarded.ordered(null);

    assertThat(step(guarded)).isEqualTo(3);
  }

  @Test
  void whatCannotBeReadIsJudgedOnceItCan() throws IOException {
    made.withoutInline();
    Following guarded = following(Follow.GUARDED);
    guarded.announced(made.announce(1));
    Announcement next = made.announce(2);
    Path manifest = Path.of(next.folder(), "checkpoint.json");
    Path away = folder.resolve("away");
    Files.move(manifest, away);

    assertThatThrownBy(() -> guarded.announced(next)).isInstanceOf(IOException.class);
    assertThat(guarded.unjudged()).contains(next.checkpoint());
    assertThat(step(guarded)).isEqualTo(1);

    Files.move(away, manifest);
    guarded.retry();
    assertThat(guarded.unjudged()).isEmpty();
    assertThat(step(guarded)).isEqualTo(2);
    assertThat(guarded.wanted()).contains(NamedCheckpoint.of(next.checkpoint()));
  }

  @Test
  void whereTheOneOrderedCannotBeReadAnyMoreTheNewestIsTakenAfterIt() throws IOException {
    made.withoutInline();
    Following guarded = following(Follow.GUARDED);
    Announcement old = made.announce(1);
    guarded.announced(old);
    guarded.announced(made.announce(2));
    guarded.announced(made.announce(3, MadeCheckpoints.figures(0.5, 0.9)));
    assertThat(guarded.held()).isPresent();
    guarded.ordered(new ServingOrder(old.checkpoint(), "", new TreeMap<>()));
    Files.delete(Path.of(old.folder(), "checkpoint.json"));

    guarded.ordered(null);

    assertThat(step(guarded)).isEqualTo(3);
    assertThat(guarded.unjudged()).isEmpty();
  }
}
