package compare

import (
	"fmt"

	"cocostat/annotations"
	"cocostat/internal/commands/shared/output"
	"cocostat/internal/imagename"
	"cocostat/internal/textable"
)

// shared is the images that A and B seem to have in common. Numbered files are
// called alike without being the same.
type shared struct {
	Names []string `json:"file_names"` // that both list, in A's order
	Alike int      `json:"alike"`      // images of these with the same size and number of objects

	// Sources are the pictures that Roboflow made images of both sets from, by
	// their names before: augmentations, or the picture itself. SourceImagesA
	// and SourceImagesB are how many images these are.
	Sources       []string `json:"sources"`
	SourceImagesA int      `json:"source_images_a"`
	SourceImagesB int      `json:"source_images_b"`

	// BaseNames are file names in other folders, BaseAlike those with the same
	// size and number of objects.
	BaseNames []string `json:"base_names"`
	BaseAlike int      `json:"base_alike"`
}

// images reports whether the file names are those of the same images.
func (s shared) images() bool { return len(s.Names) > 0 && 2*s.Alike >= len(s.Names) }

// listing is the images of a set by base name, and whether Roboflow exported
// one of them.
type listing map[string]*listed

type listed struct {
	images   []*annotations.ImageCount
	roboflow bool
}

// newListing lists images but those that are left out, by file name.
func newListing(rows []annotations.ImageCount, but map[string]bool) (l listing, order []string) {
	l = listing{}
	for i := range rows {
		if rows[i].FileName == "" || but[rows[i].FileName] {
			continue
		}
		base, roboflow := imagename.Source(rows[i].FileName)
		of := l[base]
		if of == nil {
			of = new(listed)
			l[base], order = of, append(order, base)
		}
		of.images, of.roboflow = append(of.images, &rows[i]), of.roboflow || roboflow
	}
	return l, order
}

func newShared(a, b *annotations.Counts) shared {
	of := make(map[string]*annotations.ImageCount, len(b.ImageRows))
	for i := range b.ImageRows {
		of[b.ImageRows[i].FileName] = &b.ImageRows[i]
	}
	delete(of, "")
	s, found := shared{Names: []string{}, Sources: []string{}, BaseNames: []string{}}, map[string]bool{}
	for i := range a.ImageRows {
		x := &a.ImageRows[i]
		y := of[x.FileName]
		if y == nil || found[x.FileName] {
			continue
		}
		found[x.FileName] = true
		s.Names = append(s.Names, x.FileName)
		if alike(x, y) {
			s.Alike++
		}
	}
	s.addBases(a, b, found)
	return s
}

// addBases finds the images that are called alike but for the folder or what
// Roboflow made of the name. Those of the same name are found already.
func (s *shared) addBases(a, b *annotations.Counts, found map[string]bool) {
	inA, order := newListing(a.ImageRows, found)
	inB, _ := newListing(b.ImageRows, found)
	for _, base := range order {
		x, y := inA[base], inB[base]
		switch {
		case y == nil:
		case x.roboflow || y.roboflow:
			s.Sources = append(s.Sources, base)
			s.SourceImagesA += len(x.images)
			s.SourceImagesB += len(y.images)
		default:
			s.BaseNames = append(s.BaseNames, base)
			if alike(x.images[0], y.images[0]) {
				s.BaseAlike++
			}
		}
	}
}

// alike reports whether two images have the same size and number of objects.
func alike(x, y *annotations.ImageCount) bool {
	return x.Width == y.Width && x.Height == y.Height && x.Objects == y.Objects
}

// notes tell what A and B seem to have in common.
func (s *shared) notes() (out []string) {
	const most = 3
	if n := len(s.Names); n > 0 {
		out = append(out, fmt.Sprintf("file names in both: %s (%s), with the same size and number of objects: %s",
			textable.Integer(n), output.List(s.Names, most), textable.Integer(s.Alike)))
	}
	if n := len(s.Sources); n > 0 {
		out = append(out, fmt.Sprintf("pictures in both by the name that they had before Roboflow exported them: %s (%s), as %s of A and %s of B; most likely the same pictures: split them first, then augment",
			textable.Integer(n), output.List(s.Sources, most), output.Plural(s.SourceImagesA, "image"), output.Plural(s.SourceImagesB, "image")))
	}
	if n := len(s.BaseNames); n > 0 {
		out = append(out, fmt.Sprintf("file names in both but for the folder: %s (%s), with the same size and number of objects: %s; a hint that pictures are in both, no proof",
			textable.Integer(n), output.List(s.BaseNames, most), textable.Integer(s.BaseAlike)))
	}
	return out
}
