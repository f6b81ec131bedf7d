package dev.counterweight.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class JudgedScoresTest {
  private static final int CLASSES = 3;

  private static double[] served(SplittableRandom random) {
    double[] served = new double[CLASSES];
    double sum = 0;
    for (int c = 0; c < CLASSES; c++) {
      served[c] = random.nextDouble();
      sum += served[c];
    }
    for (int c = 0; c < CLASSES; c++) {
      served[c] /= sum;
    }
    return served;
  }

  private static void add(JudgedScores scores, SplittableRandom random) {
    scores.add(random.nextInt(CLASSES), random.nextInt(CLASSES), served(random));
  }

  private static JudgedScores restored(JudgedScores scores) {
    ByteBuffer bytes = ByteBuffer.allocate(scores.size());
    scores.put(bytes);
    assertThat(bytes.hasRemaining()).isFalse();
    JudgedScores restored = new JudgedScores(CLASSES);
    restored.get(bytes.flip());
    for (int label = 0; label < CLASSES; label++) {
      for (int decision = 0; decision < CLASSES; decision++) {
        restored.count(label, decision, scores.count(label, decision));
      }
    }
    return restored;
  }

  private static void assertSame(JudgedScores found, JudgedScores expected) {
    assertThat(found.judged()).isEqualTo(expected.judged());
    assertThat(found.logLoss()).isEqualTo(expected.logLoss());
    assertThat(found.ece()).isEqualTo(expected.ece());
    assertThat(found.confusion().cells()).containsExactly(expected.confusion().cells());
    assertThat(found.confusion().recallInterval(0))
        .isEqualTo(expected.confusion().recallInterval(0));
  }

  @Test
  void figuresAreThoseOfAnEvaluationInWhichEachRowCountsOne() {
    SplittableRandom random = new SplittableRandom(1);
    JudgedScores scores = new JudgedScores(CLASSES);
    Prequential evaluation = new Prequential(CLASSES);
    for (int i = 0; i < 1_000; i++) {
      int label = random.nextInt(CLASSES);
      int decision = random.nextInt(CLASSES);
      double[] served = served(random);
      scores.add(label, decision, served);
      evaluation.add(label, decision, 1, served, served);
    }
    Metrics expected = evaluation.sinceStart();

    assertThat(scores.judged()).isEqualTo(1_000);
    assertThat(scores.logLoss()).isEqualTo(expected.logLoss());
    assertThat(scores.ece()).isEqualTo(expected.calibration().ece());
    for (int c = 0; c < CLASSES; c++) {
      assertThat(scores.confusion().recall(c)).isEqualTo(expected.confusion().recall(c));
      assertThat(scores.confusion().precision(c)).isEqualTo(expected.confusion().precision(c));
      assertThat(scores.confusion().recallInterval(c))
          .isEqualTo(expected.confusion().recallInterval(c));
    }
    assertThat(scores.confusion().gmean()).isEqualTo(expected.confusion().gmean());
  }

  @Test
  void whatIsUndefinedIsEmpty() {
    JudgedScores scores = new JudgedScores(2);
    assertThat(scores.logLoss()).isEmpty();
    assertThat(scores.ece()).isEmpty();
    assertThat(scores.confusion().gmean()).isEmpty();

    scores.add(0, 0, new double[] {1, 0});

    assertThat(scores.confusion().recall(0)).hasValue(1);
    assertThat(scores.confusion().recall(1)).isEmpty();
    assertThat(scores.confusion().precision(1)).isEmpty();
    assertThat(scores.logLoss()).hasValue(0);
  }

  @Test
  void aSureErrorCostsWhatItCostsInAnEvaluation() {
    JudgedScores scores = new JudgedScores(2);
    scores.add(1, 0, new double[] {1, 0});

    assertThat(scores.logLoss()).hasValue(Prequential.MAX_LOSS);
  }

  @Test
  void bytesGiveItBackToTheBit() {
    SplittableRandom random = new SplittableRandom(2);
    JudgedScores scores = new JudgedScores(CLASSES);
    for (int i = 0; i < 500; i++) {
      add(scores, random);
      if (i % 97 == 0) {
        JudgedScores before = scores;
        scores = restored(scores);
        assertSame(scores, before);
      }
    }
  }

  @Test
  void sumsOfPartsAreThoseOfTheWhole() {
    JudgedScores whole = new JudgedScores(CLASSES);
    JudgedScores left = new JudgedScores(CLASSES);
    JudgedScores right = new JudgedScores(CLASSES);
    for (int i = 0; i < 500; i++) {
      add(i % 3 == 0 ? left : right, new SplittableRandom(i));
      add(whole, new SplittableRandom(i));
    }
    JudgedScores sum = left.copy();
    sum.add(right);

    assertThat(sum.judged()).isEqualTo(whole.judged());
    assertThat(sum.logLoss().getAsDouble()).isCloseTo(whole.logLoss().getAsDouble(), within(1e-12));
    assertThat(sum.ece().getAsDouble()).isCloseTo(whole.ece().getAsDouble(), within(1e-12));
    assertThat(left.judged()).isEqualTo(167);
  }

  @Test
  void bytesThatAreNoneAreADefect() {
    ByteBuffer bytes = ByteBuffer.allocate(new JudgedScores(2).size());
    bytes.put((byte) 1).putDouble(-1).rewind();

    assertThatThrownBy(() -> new JudgedScores(2).get(bytes))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
