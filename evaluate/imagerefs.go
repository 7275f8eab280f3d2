package evaluate

import (
	"fmt"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/imagename"
)

// MatchBy says by what the images of detections are found.
type MatchBy uint8

const (
	MatchAuto     MatchBy = iota // by id, or by file name where that fits better
	MatchID                      // by id
	MatchFileName                // by file name
)

// String returns "auto", "id" or "file-name".
func (m MatchBy) String() string { return [...]string{"auto", "id", "file-name"}[m] }

// imageRefs collects what detections call their images, from the first one on
// whose image id is unknown or that has a name: until the end of the file it is
// open whether ids or names are meant.
type imageRefs struct {
	images  []annotations.Image
	refs    []imageRef
	numbers map[refName]int32
	last    int32   // of the detection before
	of      []int32 // by detection: its ref; −1 of those before the first
	offsets []int64 // by detection, −1 where it was not kept
}

// refName is what a detection calls its image. What is not written is 0 or "".
type refName struct {
	id   int64
	name string
}

// imageRef is an image of the file.
type imageRef struct {
	refName
	known bool  // the id is one of the truth's
	image int32 // that image, if known
	found []int // places in imageRefs.images that the name or number fits
}

// newImageRefs returns nil where ids alone decide.
func newImageRefs(opt ReadOptions) *imageRefs {
	if opt.Match == MatchID || len(opt.Images) == 0 {
		return nil
	}
	return &imageRefs{images: opt.Images, numbers: map[refName]int32{}, last: -1}
}

// keep notes the image of the detection at a place; image is that of its id, if
// that is known.
func (n *imageRefs) keep(place int, d *annotations.Result, image int32, known bool) {
	n.pad(place)
	n.of = append(n.of, n.number(refName{d.ImageID, d.FileName}, image, known))
	n.offsets = append(n.offsets, d.Offset)
}

// pad makes room for the detections before a place.
func (n *imageRefs) pad(place int) {
	for len(n.of) < place {
		n.of, n.offsets = append(n.of, -1), append(n.offsets, -1)
	}
}

// number returns the place of an image in refs. Most detections are in the
// image of the one before.
func (n *imageRefs) number(name refName, image int32, known bool) int32 {
	if n.last >= 0 && n.refs[n.last].refName == name {
		return n.last
	}
	at, ok := n.numbers[name]
	if !ok {
		at = int32(len(n.refs))
		n.numbers[name] = at
		n.refs = append(n.refs, imageRef{refName: name, known: known, image: image})
	}
	n.last = at
	return at
}

// complete adds the images of the detections before the first that was kept.
func (n *imageRefs) complete(r *resultReader) {
	n.pad(len(r.detections))
	for i := 0; i < len(n.of) && n.of[i] < 0; i++ {
		id := r.detections[i].ImageID
		image, known := r.images.find(id)
		n.of[i] = n.number(refName{id: id}, image, known)
	}
}

// byName finds the images that the names fit. how says in words what the file
// calls them.
func (n *imageRefs) byName() (how string) {
	names := make([]string, len(n.images))
	for i := range n.images {
		names[i] = n.images[i].FileName
	}
	table := imagename.New(names)
	var numbers []*imageRef
	for i := range n.refs {
		if ref := &n.refs[i]; ref.name == "" {
			numbers = append(numbers, ref)
		} else {
			ref.found = table.Find(ref.name)
		}
	}
	if len(numbers) == 0 {
		return ""
	}
	var best map[int64][]int
	most := -1
	for _, rule := range imagename.Rules {
		images, fits := table.Numbers(rule), 0
		for _, ref := range numbers {
			if len(images[ref.id]) == 1 {
				fits++
			}
		}
		if fits > most {
			best, most, how = images, fits, "image_id is "+rule.String()
		}
	}
	for _, ref := range numbers {
		ref.found = best[ref.id]
	}
	return how
}

// fit counts the images that ids fit, of which the name, if there is one, says
// nothing else, and those that names fit.
func (n *imageRefs) fit(ids []int64) (byID, byName int) {
	for i := range n.refs {
		ref := &n.refs[i]
		one := len(ref.found) == 1
		if one {
			byName++
		}
		if ref.known && (ref.name == "" || !one || n.images[ref.found[0]].ID == ids[ref.image]) {
			byID++
		}
	}
	return byID, byName
}

// findImages decides by what the images of the file are found, and leaves those
// detections whose image is.
func (r *resultReader) findImages(f *DetectionFile, ids []int64, match MatchBy) error {
	f.Matched = MatchID
	n := r.names
	if n == nil || len(n.of) == 0 && match != MatchFileName {
		return nil
	}
	n.complete(r)
	how := n.byName()
	if match == MatchFileName || n.namesFit(ids, how) {
		f.Matched, f.How = MatchFileName, n.words(how)
		return r.takeByName(ids)
	}
	r.takeByID()
	return nil
}

// namesFit reports whether the file's images are meant by name: names fit all of
// them or twice as many as ids do, and where numbers stand for names, which fit
// some by chance, half of all. A file of which no id fits, and some names fit
// several images, means names too.
func (n *imageRefs) namesFit(ids []int64, numbers string) bool {
	byID, byName := n.fit(ids)
	if byName == len(n.refs) {
		return byName > byID
	}
	chance := numbers != "" && 2*byName < len(n.refs)
	return byName > 2*byID && !chance || byID == 0 && !chance && n.ambiguous()
}

// words say what the file calls its images.
func (n *imageRefs) words(numbers string) string {
	for i := range n.refs {
		switch ref := &n.refs[i]; {
		case ref.name == "":
			return numbers
		case ref.id < 0:
			return "image_id is the file's name"
		}
	}
	return "file_name is the file's name"
}

func (n *imageRefs) ambiguous() bool {
	for i := range n.refs {
		if len(n.refs[i].found) > 1 {
			return true
		}
	}
	return false
}

// takeByID drops the detections whose image id is unknown.
func (r *resultReader) takeByID() {
	kept := r.detections[:0]
	for i, d := range r.detections {
		if ref := &r.names.refs[r.names.of[i]]; ref.known {
			kept = append(kept, d)
		} else {
			r.stranger(ref.refName, r.names.offsets[i])
			if ref.name != "" && len(ref.found) == 1 {
				r.fitByName++
			}
		}
	}
	r.detections = kept
}

// takeByName gives the detections the ids of the images that their names fit,
// and checks them anew: the limits hold for other images now.
func (r *resultReader) takeByName(ids []int64) error {
	n := r.names
	if err := n.refuseAmbiguous(r.file); err != nil {
		return err
	}
	for _, kind := range []annotations.Kind{annotations.ResultScore, annotations.ResultEmptyBox, annotations.ResultLimit, annotations.TextID} {
		delete(r.problems, kind)
	}
	clear(r.seen)
	r.perImage.reset()
	given := r.detections
	r.detections = r.detections[:0]
	for i, d := range given {
		ref := &n.refs[n.of[i]]
		if len(ref.found) == 0 {
			r.stranger(ref.refName, n.offsets[i])
			continue
		}
		d.ImageID = n.images[ref.found[0]].ID
		if image, ok := r.images.find(d.ImageID); ok {
			r.add(d, image, n.offsets[i])
		}
	}
	return nil
}

// refuseAmbiguous returns an error that lists names which fit several images.
func (n *imageRefs) refuseAmbiguous(file string) error {
	const most = 3
	var lines []string
	count := 0
	for i := range n.refs {
		ref := &n.refs[i]
		if len(ref.found) < 2 {
			continue
		}
		if count++; count > most {
			continue
		}
		var images []string
		for _, at := range ref.found[:min(most, len(ref.found))] {
			images = append(images, fmt.Sprintf("%s (id %d)", n.images[at].FileName, n.images[at].ID))
		}
		if more := len(ref.found) - len(images); more > 0 {
			images = append(images, fmt.Sprintf("%d more", more))
		}
		lines = append(lines, fmt.Sprintf("%s fits %s", ref.words(), strings.Join(images, ", ")))
	}
	if count == 0 {
		return nil
	}
	if count > most {
		lines = append(lines, fmt.Sprintf("and %d more", count-most))
	}
	return fmt.Errorf("%s: %d of its %d images cannot be told apart by file name: %s; name them with their folders, or by id",
		file, count, len(n.refs), strings.Join(lines, "; "))
}

// words is how the file spells the image.
func (n refName) words() string {
	if n.name != "" {
		return fmt.Sprintf("%q", n.name)
	}
	return fmt.Sprintf("image_id %d", n.id)
}

// stranger notes a detection in an unknown image.
func (r *resultReader) stranger(name refName, at int64) {
	if r.unknownImage == "" {
		if r.unknownImage = name.words(); name.name == "" && r.texts[name.id] != "" {
			r.unknownImage = "image_id " + r.texts[name.id]
		}
	}
	if name.name != "" && name.id < 0 {
		r.text(name.id, name.name)
	}
	r.note(annotations.ResultUnknownImage, name.id, at)
}
