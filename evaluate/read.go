package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"

	"cocostat/annotations"
	"cocostat/annotations/coco"
	"cocostat/annotations/yolo"
)

// DetectionFile is what [ReadDetections] found.
type DetectionFile struct {
	Source     annotations.Source
	Detections []Detection // those that can be evaluated, in the order of the file
	Read       int         // elements of the file's list, evaluated or not

	// Matched says by what their images were found, How in which words the
	// file names them; Detections have the ids of the truth all the same.
	Matched MatchBy
	How     string
	// Images are the ids, ascending, of those that a detection is in, of a known
	// category or not.
	Images []int64
	// UnknownImage is how the file spells the first of its images that is not
	// the truth's, "" without one.
	UnknownImage string
	// FitByName is how many detections of unknown images there are whose image is
	// named like a file of the truth's.
	FitByName int64
	// Categories are how many detections there are of each unknown category.
	Categories map[int64]int64

	// Problems say what was odd, how often, and where first: the most severe
	// kinds first. An example's ID is that of the image. Detections of the
	// kinds with severity Error are left out of Detections, and all others are
	// evaluated as pycocotools does.
	Problems []annotations.Problem
}

// ReadOptions are the settings of ReadDetections. The zero value finds images
// by their ids alone.
type ReadOptions struct {
	annotations.Options
	// Images are those of the truth, by whose file names others are found.
	Images []annotations.Image
	// Match says by what images are found. MatchAuto takes ids, unless file
	// names, of Images, fit more of the file's images.
	Match MatchBy
	// Classes, if set, say what the file's categories count as, where several are
	// one class of the truth.
	Classes *annotations.Mapping
	// Categories are the ids of the truth's categories, in the order in which a
	// folder of texts counts classes from 0.
	Categories []int64
}

// ReadDetections reads a COCO results file: a JSON list of objects with
// image_id, category_id, bbox and score. path is as [annotations.Open] takes
// it: "-" is standard input, gzip, zstd and zip are recognised.
//
// Images that are found by file name are named by file_name, by a text in
// image_id, or by a number that is in their file's name: with folders and
// extension or without. A name that fits several images is an error.
//
// The detections are checked against p: its Images and Classes are those that
// the truth knows, as [FromDataset] gives them, and the largest of its MaxDets
// is the limit beyond which detections of a class in an image are reported;
// with LVIS it is that of its rules, on the detections of an image.
// All this is reported in Problems; an error is returned for a file that
// cannot be read or is no JSON, as those with the literal NaN.
//
// path may also be a folder of texts, as Ultralytics saves detections: see
// [yolo.Detections]. It needs Images and Categories.
func ReadDetections(ctx context.Context, path string, p Params, opt ReadOptions) (*DetectionFile, error) {
	read := readFile
	if IsDetectionFolder(path) {
		read = readFolder
	}
	p = p.resolve(nil)
	r := newResultReader(path, sizeOf(path), p)
	r.mapping = opt.Classes
	f := &DetectionFile{}
	if err := read(ctx, path, r, f, p, opt); err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	f.Read, f.Categories = r.read, r.categories
	for image, seen := range r.seen {
		if seen {
			f.Images = append(f.Images, p.Images[image])
		}
	}
	f.UnknownImage, f.FitByName = r.unknownImage, r.fitByName
	f.Detections, f.Problems = r.detections, r.sorted()
	return f, nil
}

// readFile reads a results file.
func readFile(ctx context.Context, path string, r *resultReader, f *DetectionFile, p Params, opt ReadOptions) error {
	text, err := annotations.Open(ctx, path, opt.Options)
	if err != nil {
		return err
	}
	defer text.Close()
	r.file, r.names = text.Name(), newImageRefs(opt)
	if err := coco.ScanResults(ctx, text, text.Name(), r.take, r.scanProblem, r.text); err != nil {
		return err
	}
	if f.Source, err = text.Source(); err != nil {
		return err
	}
	return r.findImages(f, p.Images, opt.Match)
}

// IsDetectionFolder reports whether a path is a folder of detections that
// [ReadDetections] reads.
func IsDetectionFolder(path string) bool { return yolo.IsDetections(path) }

// readFolder reads a folder of texts, which are named as their images.
func readFolder(ctx context.Context, path string, r *resultReader, f *DetectionFile, _ Params, opt ReadOptions) (err error) {
	d := yolo.Detections{Dir: path, Images: opt.Images, Categories: opt.Categories, Progress: opt.Progress, NoHash: opt.NoHash}
	f.Matched, f.How = MatchFileName, "a text is named as its image"
	f.Source, err = d.ScanResults(ctx, yolo.ResultVisitor{
		Files:   func(paths []string) { r.files = paths },
		Results: r.take, Problem: r.scanProblem, Text: r.text,
	})
	return err
}

// sizeOf returns the size of a regular file, 0 if that is not to be had.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// resultReader checks the elements of a results file.
type resultReader struct {
	file            string
	files           []string // in which places are, of a folder
	size            int64    // of the file as stored
	images, classes index
	mapping         *annotations.Mapping // nil: every category is a class
	perImage        tallies              // detections per image and class
	seen            []bool               // by image: a detection is in it
	names           *imageRefs
	unknownImage    string
	fitByName       int64
	texts           map[int64]string // what identifiers stand for, of up to maxTexts
	categories      map[int64]int64  // unknown ones
	detections      []Detection
	read            int
	first           int64 // offset of the first element
	problems        map[annotations.Kind]*annotations.Problem
}

func newResultReader(file string, size int64, p Params) *resultReader {
	r := &resultReader{file: file, size: size, images: newIndex(p.Images), classes: newIndex(p.Classes),
		problems: map[annotations.Kind]*annotations.Problem{}, seen: make([]bool, len(p.Images)), categories: map[int64]int64{}}
	r.perImage = newTallies(p, r.recount)
	return r
}

// take checks some elements and keeps what can be evaluated.
func (r *resultReader) take(list []annotations.Result) error {
	if r.read == 0 {
		r.first = list[0].Offset
	}
	if few := r.read < enough; few && r.read+len(list) >= enough {
		r.reserve(list[len(list)-1].Offset, r.read+len(list))
	}
	r.read += len(list)
	for i := range list {
		d := &list[i]
		if d.Has != wantedFields {
			r.lacks(d)
			continue
		}
		det := Detection{ImageID: d.ImageID, CategoryID: d.CategoryID, BBox: d.BBox, Score: d.Score}
		image, known := r.images.find(d.ImageID)
		switch {
		case known && !r.add(det, image, d.Offset):
			continue
		case !known && r.names == nil:
			r.stranger(refName{d.ImageID, d.FileName}, d.Offset)
			continue
		case !known:
			r.detections = append(r.detections, det) // perhaps its name is known
		}
		if n := r.names; n != nil && (len(n.of) > 0 || !known || d.FileName != "") {
			n.keep(len(r.detections)-1, d, image, known)
		}
	}
	return nil
}

// add checks a detection in an image and keeps it if it can be evaluated, which
// it reports.
func (r *resultReader) add(d Detection, image int32, at int64) bool {
	r.seen[image] = true
	if r.mapping != nil {
		d.CategoryID, _ = r.mapping.Class(d.CategoryID)
	}
	class, ok := r.classes.find(d.CategoryID)
	if !ok {
		r.note(annotations.ResultUnknownCategory, d.ImageID, at)
		r.categories[d.CategoryID]++
		return false
	}
	if !(d.Score >= 0 && d.Score <= 1) {
		r.note(annotations.ResultScore, d.ImageID, at)
	}
	if !(d.BBox[2] > 0 && d.BBox[3] > 0) {
		r.note(annotations.ResultEmptyBox, d.ImageID, at)
	}
	if r.perImage.beyond(image, class) {
		r.note(annotations.ResultLimit, d.ImageID, at)
	}
	r.detections = append(r.detections, d)
	return true
}

// recount counts the detections that were kept.
func (r *resultReader) recount(count func(image, class int32)) {
	for i := range r.detections {
		d := &r.detections[i]
		image, known := r.images.find(d.ImageID)
		class, ok := r.classes.find(d.CategoryID)
		if known && ok {
			count(image, class)
		}
	}
}

const wantedFields = annotations.FieldImageID | annotations.FieldCategoryID | annotations.FieldBBox | annotations.FieldScore

// lacks reports what an element lacks, unless the scan did so.
func (r *resultReader) lacks(d *annotations.Result) {
	const ids = annotations.FieldImageID | annotations.FieldCategoryID
	switch {
	case d.Has&ids != ids: // reported as UnreadableID
	case d.Rotated: // reported as RotatedBox
	case d.Has&annotations.FieldBBox == 0:
		r.problem(annotations.ResultNoBox, d)
	default:
		r.problem(annotations.ResultNoScore, d)
	}
}

// enough elements tell the length of the others.
const enough = 64

// reserve makes room for all elements of the file if they are about as long as
// those up to the offset; room that is not used is not touched either.
func (r *resultReader) reserve(offset int64, elements int) {
	length := max((offset-r.first)/int64(elements), 16)
	r.detections = slices.Grow(r.detections, int(r.size/length*17/16)+elements)
}

func (r *resultReader) problem(kind annotations.Kind, d *annotations.Result) {
	r.note(kind, d.ImageID, d.Offset)
}

func (r *resultReader) scanProblem(kind annotations.Kind, id, at int64) { r.note(kind, id, at) }

// maxTexts is how many texts of identifiers are kept for messages: those that
// stand first in the file.
const maxTexts = 1 << 16

func (r *resultReader) text(id int64, text string) {
	if len(r.texts) >= maxTexts {
		return
	}
	if r.texts == nil {
		r.texts = map[int64]string{}
	}
	r.texts[id] = text
}

// note counts a problem; the first three places of each kind are kept, those
// that are not known, below 0, aside. Several problems of one value, numbers in
// strings say, are in one place.
func (r *resultReader) note(kind annotations.Kind, image, at int64) {
	p := r.problems[kind]
	if p == nil {
		p = &annotations.Problem{Kind: kind}
		r.problems[kind] = p
	}
	p.Count++
	place := annotations.Example{File: r.file, ID: image, Offset: at}
	if len(p.Examples) < 3 && at >= 0 && !slices.Contains(p.Examples, place) {
		p.Examples = append(p.Examples, place)
	}
}

// sorted returns the problems by falling severity, then by name.
func (r *resultReader) sorted() []annotations.Problem {
	var list []annotations.Problem
	for _, p := range r.problems {
		for i := range p.Examples {
			p.Examples[i].Text = r.texts[p.Examples[i].ID]
			p.Examples[i].PlaceIn(r.files)
		}
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b annotations.Problem) int {
		return cmp.Or(cmp.Compare(b.Kind.Severity(), a.Kind.Severity()), cmp.Compare(a.Kind, b.Kind))
	})
	return list
}
