// Package reproduce trains the rows of the paper's tables with several seeds,
// each in a run folder of its own, and summarises what came out beside what was
// published.
//
// A study can be stopped at any time and begun again with the same settings: it
// skips finished runs and goes on with begun ones. Rows of the same or of
// different tables whose configurations are equal share their runs.
//
// Scores are in percent here, as in the paper. Spread is the sample standard
// deviation over the seeds (divided by n−1). The difference to another row is
// taken seed by seed, so that what both rows owe to the seed (the network's
// first weights, the order of the images) cancels; its spread is that of these
// differences.
//
// Intervals are of 95 %: Student's t over the seeds, and for AP of all classes,
// the tail and the head the percentile bootstrap of package evaluate over images
// and seeds as well. It draws the seeds of both rows independently. A difference
// is told from zero where no interval holds 0.
package reproduce
