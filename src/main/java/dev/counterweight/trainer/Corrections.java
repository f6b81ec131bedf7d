package dev.counterweight.trainer;

import dev.counterweight.serving.BalancedOdds;
import dev.counterweight.serving.Calibrator;
import dev.counterweight.serving.Decisions;

/**
 * What makes of mixed probabilities those that are served, and decisions.
 *
 * @param calibrator what corrects them where the job asks for it
 * @param decisions by which rule classes are decided, and where its threshold stands
 * @param odds what balanced decisions weigh them by
 */
record Corrections(Calibrator calibrator, Decisions decisions, BalancedOdds odds) {}
