package dev.counterweight.streams;

/** What a role does by a topology, from one start of it to the next. Used by the role's thread. */
public interface TopologyWork {

  /** What is done, in words that follow "cannot": such as "count topic 'x'". */
  String task();

  /**
   * Records that this instance has taken in since the role began, committed or not: they show
   * whether it gets any further from start to start.
   */
  long taken();

  /** Looks at all that the work rests on, and says what is to be started now. */
  Attempt begin();

  /** Sees to what a failure of a topology asks for, where that is something of this role alone. */
  default Mending mend(Throwable failure) {
    return Mending.NONE;
  }

  /** What came of that. */
  enum Mending {
    /** It may be started anew at once. */
    MENDED,
    /** No further start is of any use. */
    HOPELESS,
    /** Nothing of this role's: what holds for all roles is done. */
    NONE
  }

  /** One start of the topology. */
  interface Attempt extends AutoCloseable {
    /** What is started; asked once. */
    TopologyPlan plan();

    /**
     * Looks once how the work goes, for about a tenth of a second, and says so as the role's
     * status.
     *
     * @return whether the work is done
     */
    boolean look(RunningTopology topology);

    /** The topology has ended: all that it has committed is there now. */
    default void ended() {}

    @Override
    default void close() {}
  }
}
