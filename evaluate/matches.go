package evaluate

import (
	"math"
	"slices"

	"cocostat/internal/parallel"
)

// Matches are the detections of each class with what became of them, at each
// IoU threshold and in each area range. Average precision ([Matches.Result]),
// resampling ([Matches.Sample]) and package diagnose all start from them.
type Matches struct {
	Params Params // with all defaults filled in; Images and Classes ascend

	// Truths and Detections are those given; under the rules of LVIS those that
	// count, and with Params.Compat the truths that pycocotools takes.
	Truths          []Truth
	Detections      []Detection
	TruthPlaces     Places
	DetectionPlaces Places
	Classes         []ClassMatches // K

	// Elements left out because their image or class is not evaluated.
	SkippedTruths, SkippedDetections int

	// LVIS are those that Params.LVIS left out besides.
	LVIS LVISCounts

	columns []AreaRange // Params.Areas, and one more where none of these holds all truths and detections
	overall int         // the column that does
	rules   *federation // of LVIS; nil: all detections count
}

// ClassMatches are the matches of one class.
type ClassMatches struct {
	// Detections are those within the largest limit of their image, by
	// descending score, equal ones by image, then input.
	Detections []Matched

	levels    []uint8   // by detection: number of the lowest limit that lets it in
	limits    int       // of Params.MaxDets: the last of them is the lowest that lets all in
	every     uint64    // a bit for each IoU threshold
	overall   int       // column, as in Matches
	positives []int     // by column: truths that count
	verdicts  []int32   // record × column: an outcome, or one of those below
	outcomes  []Outcome // those that differ between thresholds
	taken     []take    // by record, in column overall
	takenUpTo []int32   // by record: where its part of taken ends
}

// Verdicts that hold at all IoU thresholds.
const (
	allFalse   int32 = -1
	allIgnored int32 = -2
)

// Matched is a detection within the limit.
type Matched struct {
	Score     float64
	Detection int32 // index in Matches.Detections

	// record is a row of verdicts; of a detection that overlaps no truth it is
	// the complement of a bit for each column in which that is forgiven.
	record int32
}

// Outcome says at which IoU thresholds a detection is right and at which it is
// ignored; where it is neither, it is a false positive.
type Outcome struct {
	Right   uint64 // bit t: took a truth that counts at IoU threshold t
	Ignored uint64 // bit t: took an ignored truth, or none while that is forgiven
}

// take is a truth that a detection took.
type take struct {
	truth int32  // index in Matches.Truths
	at    uint64 // a bit for each IoU threshold
}

// Match matches detections with truths by the rules in the package's
// documentation; inputs and errors are those of [Evaluate]. It keeps the slices
// that it is given.
func Match(truths []Truth, dets []Detection, p Params) (*Matches, error) {
	m, err := newMatches(truths, dets, p)
	if err != nil {
		return nil, err
	}
	sizes := make([]int, len(m.Classes))
	for k := range sizes {
		sizes[k] = len(m.DetectionPlaces.byClass.Of(k))
	}
	parallel.LargestFirst(sizes, func() func(k int) {
		w := newClassWork(m)
		return func(k int) { m.Classes[k] = w.match(k) }
	})
	m.DetectionPlaces.byClass = Runs{} // Classes say the same
	return m, nil
}

// newMatches checks and groups the inputs; it matches nothing.
func newMatches(truths []Truth, dets []Detection, p Params) (*Matches, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := checkInputs(truths, dets); err != nil {
		return nil, err
	}
	p = p.resolve(truths)
	if err := p.checkSize(); err != nil {
		return nil, err
	}
	m := &Matches{Params: p, Classes: make([]ClassMatches, p.classRows())}
	if p.LVIS != nil {
		truths, dets, m.rules, m.LVIS = p.federate(truths, dets)
	}
	given, x := len(truths), newIndices(&p)
	if p.Compat {
		truths = likePycocotools(truths, x)
	}
	m.Truths, m.Detections = truths, dets
	m.TruthPlaces = x.arrange(len(truths), func(i int) (image, class int64) { return truths[i].ImageID, truths[i].CategoryID })
	m.DetectionPlaces = x.arrange(len(dets), func(i int) (image, class int64) { return dets[i].ImageID, dets[i].CategoryID })
	m.SkippedTruths = given - len(m.TruthPlaces.byClass.elements)
	m.SkippedDetections = len(dets) - len(m.DetectionPlaces.byClass.elements)
	m.columns, m.overall = withOverall(p.Areas, truths, dets)
	return m, nil
}

// withOverall returns area ranges of which one holds all truths and detections,
// and its number: the given ones, if one of them does.
func withOverall(areas []AreaRange, truths []Truth, dets []Detection) (columns []AreaRange, overall int) {
	all := AreaRange{Min: math.Inf(1), Max: math.Inf(-1)}
	for i := range truths {
		all.Min, all.Max = min(all.Min, truths[i].Area), max(all.Max, truths[i].Area)
	}
	for i := range dets {
		area := dets[i].area()
		all.Min, all.Max = min(all.Min, area), max(all.Max, area)
	}
	for a, r := range areas {
		if r.Min <= all.Min && all.Max <= r.Max {
			return areas, a
		}
	}
	return append(slices.Clone(areas), all), len(areas)
}

// Positives is how many truths of the class count in an area range of Params.
func (c *ClassMatches) Positives(area int) int { return c.positives[area] }

// Objects is how many truths of the class are no crowds, whatever their area.
func (c *ClassMatches) Objects() int { return c.positives[c.overall] }

// Outcome returns what became of a detection of the class in an area range of
// Params.
func (c *ClassMatches) Outcome(d *Matched, area int) Outcome {
	switch v := c.verdict(d, area); v {
	case allFalse:
		return Outcome{}
	case allIgnored:
		return Outcome{Ignored: c.every}
	default:
		return c.outcomes[v]
	}
}

// verdict returns the number of an outcome, or one that holds at all thresholds.
func (c *ClassMatches) verdict(d *Matched, column int) int32 {
	switch {
	case d.record >= 0:
		return c.verdicts[int(d.record)*len(c.positives)+column]
	case ^d.record>>column&1 == 1:
		return allIgnored
	}
	return allFalse
}

// Overall is Outcome where areas play no part: all truths count that are no
// crowds.
func (c *ClassMatches) Overall(d *Matched) Outcome { return c.Outcome(d, c.overall) }

// What became of a detection, in the place of the truth that it took.
const (
	Wrong   int32 = -1 // took none
	Ignored int32 = -2 // took a crowd, or none while that is forgiven
	Left    int32 = -3 // of another image or class, or beyond the limit
)

// Found returns for each of Detections the index in Truths of the one that it
// took at IoU threshold number t, or Wrong, Ignored or Left; areas play no part.
func (m *Matches) Found(t int) []int32 {
	found := make([]int32, len(m.Detections))
	for i := range found {
		found[i] = Left
	}
	parallel.Each(len(m.Classes), func() func(k int) {
		return func(k int) {
			c := &m.Classes[k]
			for i := range c.Detections {
				found[c.Detections[i].Detection] = c.found(&c.Detections[i], t)
			}
		}
	})
	return found
}

func (c *ClassMatches) found(d *Matched, t int) int32 {
	switch o := c.Overall(d); {
	case o.Ignored>>t&1 == 1:
		return Ignored
	case o.Right>>t&1 == 0:
		return Wrong
	}
	from := int32(0)
	if d.record > 0 {
		from = c.takenUpTo[d.record-1]
	}
	taken := c.taken[from:c.takenUpTo[d.record]]
	return taken[slices.IndexFunc(taken, func(x take) bool { return x.at>>t&1 == 1 })].truth
}
