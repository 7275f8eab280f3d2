package evaluate

// Positions in [Result.LVISStats].
const (
	LVISAP         = iota // mean over the IoU thresholds
	LVISAP50              // at IoU 0.5
	LVISAP75              // at IoU 0.75
	LVISAPSmall           // area up to 32²
	LVISAPMedium          // 32² to 96²
	LVISAPLarge           // from 96²
	LVISAPRare            // of the classes in at most 10 training images
	LVISAPCommon          // in 11 to 100
	LVISAPFrequent        // in more
	LVISAR                // recall
	LVISARSmall           // area up to 32²
	LVISARMedium          // 32² to 96²
	LVISARLarge           // from 96²
)

// LVISStatNames are the names that lvis-api gives to the numbers of
// [Result.LVISStats], with the usual limit on detections.
var LVISStatNames = [13]string{"AP", "AP50", "AP75", "APs", "APm", "APl", "APr", "APc", "APf",
	"AR@300", "ARs@300", "ARm@300", "ARl@300"}

// LVISStats returns LVIS's thirteen numbers, each in [0, 1], or −1 where no
// class has a truth that counts or the parameters lack the threshold or area
// range. The groups of classes are those of Params.LVIS; all use the largest
// of the limits MaxDets.
func (r *Result) LVISStats() [13]float64 {
	var groups LVISGroups
	if r.Params.LVIS != nil {
		groups = r.Params.LVIS.Groups
	}
	ap := func(area string) float64 { return r.All().Precision(Part{Area: area}) }
	ar := func(area string) float64 { return r.All().Recall(Part{Area: area}) }
	total := r.GroupAPs(r.Params.Classes)
	stats := [13]float64{
		LVISAP: total.AP, LVISAP50: total.AP50, LVISAP75: total.AP75,
		LVISAPSmall: ap("small"), LVISAPMedium: ap("medium"), LVISAPLarge: ap("large"),
		LVISAPRare: r.GroupAP(groups.Rare), LVISAPCommon: r.GroupAP(groups.Common), LVISAPFrequent: r.GroupAP(groups.Frequent),
		LVISAR: ar("all"), LVISARSmall: ar("small"), LVISARMedium: ar("medium"), LVISARLarge: ar("large"),
	}
	for i, v := range stats {
		stats[i] = orMinusOne(v)
	}
	return stats
}
