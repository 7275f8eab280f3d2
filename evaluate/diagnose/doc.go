// Package diagnose tells what stands behind the average precision of a
// detector: from which score on a class is found best, how precision and recall
// move with the score, and which classes are taken for each other.
//
// # Matching
//
// All of it rests on the matches of package evaluate, those that AP is made from,
// at one of their IoU thresholds: in an image the detections of a class, surest
// first and cut at the limit, each take the free truth of the class that they
// overlap most. Areas play no part. A detection is then right, wrong, or ignored
// because it lies in a crowd.
//
// # Symbols
//
//	TP  right detections with a score of at least the threshold
//	FP  wrong ones
//	P   truths that are no crowds
//
//	precision  TP / (TP + FP)
//	recall     TP / P
//	F1         2·TP / (TP + FP + P), their harmonic mean
//
// # References
//
//   - C. J. van Rijsbergen, "Information Retrieval", 2nd edition, 1979: the
//     measure from which F1 comes.
//   - D. Hoiem, Y. Chodpathumwan, Q. Dai, "Diagnosing Error in Object
//     Detectors", ECCV 2012: confusion with other classes and with background.
package diagnose
