package evaluate

import "fmt"

// Sample is what resampling the images needs of the matches of one run, in one
// area range and at the largest limit on detections: nothing is matched anew. It
// does not keep the detections.
type Sample struct {
	Params Params // with all defaults filled in
	Area   AreaRange

	classes []classSample // K
}

// classSample is that of one class.
type classSample struct {
	truths []imageTruths // of the images that hold some that count, ascending
	stream
}

// imageTruths is how many truths that count an image holds.
type imageTruths struct{ image, truths int32 }

// stream is a class's detections in the order of score, equal ones by image, then
// input, those apart that are false at all thresholds. It ends with the last
// one that is right, and those of its image and score: no precision counts later
// ones. Those that are ignored at all thresholds are left out.
type stream struct {
	events []event
	found  []Outcome // of the events, one after the other
	falses []int32   // images of the others
}

// event is some detections of one image with one score.
type event struct {
	image  int32
	before int32 // falses up to this one
	count  int32 // detections
}

// Sample returns what [Bootstrap] takes, for the area range of the given name.
func (m *Matches) Sample(area string) (*Sample, error) {
	at := m.Params.area(area)
	if at < 0 {
		return nil, fmt.Errorf("evaluate: no area range is named %q", area)
	}
	s := &Sample{Params: m.Params, Area: m.Params.Areas[at], classes: make([]classSample, len(m.Classes))}
	for k := range m.Classes {
		s.classes[k] = classSample{m.truthsByImage(k, at), m.stream(k, at)}
	}
	return s, nil
}

// truthsByImage counts the truths of class k that count in an area range.
func (m *Matches) truthsByImage(k, area int) (list []imageTruths) {
	for _, i := range m.TruthPlaces.byClass.Of(k) {
		t, image := &m.Truths[i], m.TruthPlaces.Image[i]
		if t.Crowd || !m.Params.Areas[area].contains(t.Area) {
			continue
		}
		if last := len(list) - 1; last >= 0 && list[last].image == image {
			list[last].truths++
		} else {
			list = append(list, imageTruths{image, 1})
		}
	}
	return list
}

func (m *Matches) stream(k, area int) (s stream) {
	c := &m.Classes[k]
	end := m.decisive(c, area)
	for from := 0; from < end; {
		first := &c.Detections[from]
		e := event{m.imageOf(first), int32(len(s.falses)), 0}
		found := len(s.found)
		for ; from < end && m.tied(&c.Detections[from], first); from++ {
			if o := c.Outcome(&c.Detections[from], area); o.Ignored != c.every {
				s.found = append(s.found, o)
				e.count++
			}
		}
		switch {
		case e.count == 1 && s.found[found] == Outcome{}:
			s.found = s.found[:found]
			s.falses = append(s.falses, e.image)
		case e.count > 0:
			s.events = append(s.events, e)
		}
	}
	return s
}

// decisive is how many detections there are up to the last one that is right,
// and those of its image and score: where that image is drawn twice, another
// right one follows them.
func (m *Matches) decisive(c *ClassMatches, area int) int {
	end := c.overlapping()
	for end > 0 && c.Outcome(&c.Detections[end-1], area).Right == 0 {
		end--
	}
	for end > 0 && end < len(c.Detections) && m.tied(&c.Detections[end], &c.Detections[end-1]) {
		end++
	}
	return end
}

// tied reports whether two detections are of one image and one score.
func (m *Matches) tied(d, e *Matched) bool { return d.Score == e.Score && m.imageOf(d) == m.imageOf(e) }

func (m *Matches) imageOf(d *Matched) int32 { return m.DetectionPlaces.Image[d.Detection] }
