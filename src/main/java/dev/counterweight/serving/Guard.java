package dev.counterweight.serving;

import dev.counterweight.evaluation.Interval;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a model may take the place of the one in use, by how well the newest rows were scored
 * when each was made. It is held back if it is worse by more than both intervals allow: by its log
 * loss, or by the recall of the class that is rarest where the one in use was made. And if labels
 * of that class have come to an end, or have become the most of all, which is what labels look like
 * that a broken source lets default, or that are turned over: then neither figure says anything of
 * the class.
 *
 * <p>A pure function of the two. It knows no other truth than the labels: of wrong ones that are
 * few, or that change which events are of a class without changing how many, it sees only what they
 * do to the figures.
 *
 * @param inUse figures of the model in use; null if there is none, or it has none: then any model
 *     may take its place
 */
public record Guard(@Nullable Figures inUse) {

  /** The share of a rarest class, against an even one, below which its end is one to be told. */
  private static final double RARE = 0.5;

  /** Takes whatever comes first. */
  public static final Guard OPEN = new Guard(null);

  /**
   * How well a model's stream was scored lately.
   *
   * @param logLoss its 95 % interval; null if it is not known
   * @param recall 95 % intervals by class, of those that are known
   * @param share of the labels that are of a class, by class; 0 of one without any
   * @param shareInterval the same, 95 %
   */
  public record Figures(
      @Nullable Interval logLoss,
      Map<String, Interval> recall,
      Map<String, Double> share,
      Map<String, Interval> shareInterval) {
    public Figures {
      recall = Collections.unmodifiableMap(new LinkedHashMap<>(recall));
      share = Collections.unmodifiableMap(new LinkedHashMap<>(share));
      shareInterval = Collections.unmodifiableMap(new LinkedHashMap<>(shareInterval));
    }

    /** Of the classes whose recall is known the one with the least share. */
    Optional<String> rarest() {
      return recall.keySet().stream()
          .min(Comparator.comparingDouble(c -> share.getOrDefault(c, Double.MAX_VALUE)));
    }

    private boolean most(String c) {
      double own = share.getOrDefault(c, 0.0);
      return own > 0 && share.values().stream().allMatch(other -> other <= own);
    }
  }

  /**
   * What becomes of a model.
   *
   * @param worse in what it is worse, in words; empty if it may be taken
   */
  public record Verdict(List<String> worse) {
    public Verdict {
      worse = List.copyOf(worse);
    }

    /** Whether it may take the place of the one in use. */
    public boolean good() {
      return worse.isEmpty();
    }
  }

  /**
   * Judges a model that may take the place of the one in use.
   *
   * @param candidate null if it tells no figures: then it may
   */
  public Verdict judge(@Nullable Figures candidate) {
    if (inUse == null || candidate == null) {
      return new Verdict(List.of());
    }
    List<String> worse = new ArrayList<>();
    Interval was = inUse.logLoss();
    Interval is = candidate.logLoss();
    if (was != null && is != null && was.below(is)) {
      worse.add(words("log loss", is, was));
    }
    inUse.rarest().ifPresent(rarest -> judge(inUse, candidate, rarest, worse));
    return new Verdict(worse);
  }

  /** The state once that model is in use. */
  public Guard taking(@Nullable Figures taken) {
    return new Guard(taken);
  }

  private static void judge(Figures inUse, Figures candidate, String c, List<String> worse) {
    Interval was = inUse.recall().get(c);
    Interval is = candidate.recall().get(c);
    if (was != null && is != null && is.below(was)) {
      worse.add(words("recall of class '" + c + "'", is, was));
    }
    Interval shareWas = inUse.shareInterval().get(c);
    Interval shareIs = candidate.shareInterval().get(c);
    if (shareWas == null || shareIs == null) {
      return;
    }
    boolean rare = shareWas.high() < RARE / inUse.share().size();
    boolean gone = candidate.share().getOrDefault(c, 0.0) == 0 && shareIs.below(shareWas);
    boolean turned = rare && candidate.most(c) && shareWas.below(shareIs);
    if (gone || turned) {
      worse.add(words("share of class '" + c + "' among the labels", shareIs, shareWas));
    }
  }

  private static String words(String what, Interval is, Interval was) {
    return "%s %s, in use %s".formatted(what, shown(is), shown(was));
  }

  private static String shown(Interval interval) {
    return String.format(Locale.ROOT, "%.4g to %.4g", interval.low(), interval.high());
  }
}
