// Package evaluate computes the average precision (AP) and average recall
// (AR) of detected boxes as the COCO challenge defines them, for all classes
// together, for one class, and for any group of classes such as the tail.
//
// For the same inputs and parameters the precision, recall and score arrays,
// and the numbers made from them, equal those of pycocotools 2.0 (bbox) bit
// for bit, ties in score included. The exceptions are listed under
// Differences.
//
// # Shapes
//
//	T  IoU thresholds, 10 by default: 0.50, 0.55, … 0.95
//	R  recall thresholds, 101 by default: 0, 0.01, … 1
//	K  classes, in ascending category id
//	A  area ranges, 4 by default: all, small, medium, large
//	M  limits on detections per image and class, 3 by default: 1, 10, 100
//
// With Params.ClassAgnostic all classes are taken for one, and K is 1.
//
// Boxes are x, y, width, height in pixels with the origin at the upper left
// corner of the image. Areas are in square pixels: of a truth the given one
// (in COCO that of its mask), of a detection width times height.
//
// # Definition
//
// In one image the detections d of a class go from the highest score to the
// lowest, equal scores in input order, at most the largest of the M limits.
// At an IoU threshold t each takes the free truth g with the largest
//
//	IoU(d, g) = |d ∩ g| / |d ∪ g|,  or |d ∩ g| / |d| where g is a crowd
//
// that is not below t; of equal ones the last. Crowds, and truths outside the
// area range, are ignored: they are taken only when no other truth can be, and
// a crowd may be taken any number of times. A detection is a true positive if
// its truth counts, ignored if its truth is ignored or if it has none and its
// own area is out of range, and a false positive otherwise.
//
// Over all images, with TP and FP counted down to the i-th best detection,
// P the number of truths that count and ε = 2⁻⁵²,
//
//	recall    r_i = TP_i / P
//	precision p_i = max_{j ≥ i} TP_j / (FP_j + TP_j + ε)
//
// The precision at a recall threshold ρ is p_i of the first i with r_i ≥ ρ,
// or 0 where there is none. AP is its mean over T, R and K, AR the mean over
// T and K of the last r_i. Classes without a truth that counts hold −1 in the
// arrays and stay out of the means.
//
// # LVIS
//
// In LVIS no image was searched for all classes. With Params.LVIS set, which
// [FromLVIS] does, detections count only where their class was looked for,
// those without a truth are ignored where a class is not exhaustively marked,
// and the limit of 300 holds for all classes of an image together; see
// [LVISRules]. M is 1 then, and the precision and recall arrays and the 13
// numbers equal those of lvis-api bit for bit.
//
// # From matches to numbers
//
// [Match] finds out what becomes of each detection, once for all of the
// thresholds, areas and limits. Everything else starts from its [Matches]:
//
//	[Matches.Result]  the precision–recall curves of each class, and their means
//	                  for classes, areas and limits ([Result.Stats], [Group.Precision], …)
//	[Matches.Arrays]  the arrays, 194 KB a class, for those who want pycocotools' own
//	[Matches.Sample]  what [Bootstrap] draws images from, with replacement, to tell
//	                  a difference between two detectors, or two recipes with several
//	                  runs each, from chance
//	[Matches.Found]   which truth each detection took at one IoU threshold, from
//	                  which package diagnose makes best thresholds and confusions
//
// A curve is kept as the steps that it has: 34 MB for V3Det's 13,204 classes,
// whose arrays take 2.6 GB. Means add what the arrays would hold, in their order
// and pairwise, as numpy does, so that both ways give the same bits.
//
// # Differences
//
// pycocotools takes a truth with annotation id 0 for "no match", and so counts
// its detection as false; of truths that share an id it uses the last, several
// times. Here ids play no part in matching. pycocotools reports −1 for AP when
// the limits on detections do not include 100, and all else of its summary at
// the third limit (pycocotools/cocoeval.py, evaluateImg and summarize; coco.py,
// createIndex); here AP is taken at the largest limit. Params.Compat does
// all this as pycocotools does.
//
// # References
//
//   - T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014,
//     and the evaluation rules at https://cocodataset.org/#detection-eval.
//   - A. Gupta, P. Dollár and R. Girshick, "LVIS: A Dataset for Large Vocabulary
//     Instance Segmentation", CVPR 2019, section 3: federated evaluation.
//   - M. Everingham et al., "The Pascal Visual Object Classes (VOC) Challenge",
//     IJCV 88, 2010: interpolated precision.
//   - B. Efron, "Bootstrap methods: another look at the jackknife", Ann.
//     Statist. 7(1), 1979.
//   - N. J. Higham, "The accuracy of floating point summation", SIAM J. Sci.
//     Comput. 14(4), 1993: pairwise summation, which numpy's mean uses.
package evaluate
