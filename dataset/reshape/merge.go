package reshape

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"cocostat/annotations"
)

// Union says how sources become one.
type Union struct {
	By string // what makes categories the same: ByName or ByID
	// Folders names the sources, for images whose file names another source has.
	Folders []string
	// Places are the folders with the images of the sources, "" of one that is not
	// known; nil: none is.
	Places []string
}

// Merged is several sources as one: what [Union] makes of them.
type Merged struct {
	Categories []annotations.Category
	Images     int64 // different ones
	Objects    int64 // annotations that stay

	SharedImages int64 // that an earlier source has
	NewImageIDs  int64 // images with another id than in their source
	NewNames     int64 // images with another file name
	NewClassIDs  int64 // categories with another id
	NewObjectIDs int64 // annotations with another id
	Dangling     int64 // annotations of unknown images or categories, left out

	parts []*mergedPart
	named map[string]origin // images by their names in the union
}

// origin is where an image comes from.
type origin struct{ source, row int }

// mergedPart is what becomes of a source.
type mergedPart struct {
	all     *Selection
	images  []mergedImage // by row
	classes []int64       // new id, by index
	fresh   []bool        // whether no earlier source has the class
	rows    map[int64]int32
	first   int64 // new id of the first annotation; 0: they keep theirs
	changed bool  // whether a class has another id
}

type mergedImage struct {
	id    int64
	name  string
	known bool // an earlier source has it
}

// imageKey is what two listings of an image have in common: the name, and the folder
// or the id.
type imageKey struct {
	name, place string
	id          int64
}

// place is the folder with the images of a source.
func (u *Union) place(source int) string {
	if u.Places == nil {
		return ""
	}
	return u.Places[source]
}

// earlier returns the image of an earlier source that an image is, and lists it if
// there is none.
func (m *Merged) earlier(u *Union, known map[imageKey]origin, source, row int, im *imageRow) (first origin, is bool) {
	byPlace, byID := imageKey{name: im.name, place: u.place(source)}, imageKey{name: im.name, id: im.id}
	if byPlace.place != "" && im.name != "" {
		if first, is = known[byPlace]; is && first.source != source {
			return first, true
		}
	}
	first, is = known[byID]
	numbered := is && (m.parts[source].all.Source.numbered || m.parts[first.source].all.Source.numbered)
	if is && !numbered && first.source != source && (byPlace.place == "" || u.place(first.source) == "") {
		return first, true
	}
	known[byID] = origin{source, row}
	if _, taken := known[byPlace]; !taken && byPlace.place != "" && im.name != "" {
		known[byPlace] = origin{source, row}
	}
	return origin{}, false
}

// Merge unites sources that were read with Options.Names. Images of one file name are
// one image if their folder is the same, or if it is not known of one and they have
// the same id, in formats that have ids; other images keep their ids and names where no earlier source has them. Categories keep their ids where
// these are free. The annotations of a source keep theirs, unless they are among those
// of an earlier one: then all are numbered anew, above all others.
func Merge(sources []*Source, u Union) (*Merged, error) {
	m := &Merged{named: map[string]origin{}}
	for _, s := range sources {
		all := s.OfImages(func(int) bool { return true })
		m.parts = append(m.parts, &mergedPart{all: all})
		m.Objects += all.KeptAnnotations
		m.Dangling += s.Dangling
	}
	if err := m.classes(u.By); err != nil {
		return nil, err
	}
	if err := m.images(u); err != nil {
		return nil, err
	}
	return m, m.objects()
}

// classes unites the categories.
func (m *Merged) classes(by string) error {
	highest := int64(0)
	for _, p := range m.parts {
		for _, k := range p.all.Source.Categories {
			highest = max(highest, k.ID)
		}
	}
	byName, byID := map[string]int64{}, map[int64]string{}
	for _, p := range m.parts {
		own := map[string]int{} // the classes of a name in this source
		for _, k := range p.all.Source.Categories {
			name := k.Name
			if by == ByName {
				name = fmt.Sprintf("%d %s", own[k.Name], k.Name) // the n-th of the name
				own[k.Name]++
			}
			other, taken := byID[k.ID]
			id, known := byName[name]
			switch {
			case by == ByID && taken && other != k.Name:
				return fmt.Errorf("category %d is %q in one set and %q in another: --by name unites the classes by their names", k.ID, other, k.Name)
			case by == ByID:
				id, known = k.ID, taken
			case known:
			case taken:
				if highest == math.MaxInt64 {
					return fmt.Errorf("category %d: there is no number above it for another class", highest)
				}
				highest++
				id = highest
			default:
				id = k.ID
			}
			if !known {
				byName[name], byID[id] = id, k.Name
				renumbered := k
				renumbered.ID = id
				m.Categories = append(m.Categories, renumbered)
			}
			if id != k.ID {
				m.NewClassIDs++
				p.changed = true
			}
			p.classes, p.fresh = append(p.classes, id), append(p.fresh, !known)
		}
	}
	return nil
}

// images finds out which images are the same, and gives the others ids and names of
// their own.
func (m *Merged) images(u Union) error {
	taken, known := map[int64]bool{}, map[imageKey]origin{}
	highest := int64(0)
	for _, p := range m.parts {
		for _, im := range p.all.Source.images {
			if im.listed {
				highest = max(highest, im.id)
			}
		}
	}
	for n, p := range m.parts {
		p.rows = make(map[int64]int32, len(p.all.Source.images))
		for row, im := range p.all.Source.images {
			p.rows[im.id] = int32(row)
			out := mergedImage{id: im.id, name: im.name}
			if !im.listed {
				p.images = append(p.images, out)
				continue
			}
			if first, is := m.earlier(&u, known, n, row, &im); is {
				out = m.parts[first.source].images[first.row]
				out.known = true
				m.SharedImages++
				p.images = append(p.images, out)
				continue
			}
			if taken[im.id] {
				if highest == math.MaxInt64 {
					return fmt.Errorf("image %d: there is no number above it for another image", highest)
				}
				highest++
				out.id = highest
				m.NewImageIDs++
			}
			taken[out.id] = true
			if out.name = m.name(u, n, row, im.name); out.name != im.name {
				m.NewNames++
			}
			m.Images++
			p.images = append(p.images, out)
		}
	}
	return nil
}

// name returns the file name of an image, which is put into a folder named for its
// source where another image has the name.
func (m *Merged) name(u Union, source, row int, name string) string {
	if name == "" {
		return ""
	}
	wanted := name
	for n := 1; ; n++ {
		switch {
		case n == 2:
			wanted = path.Join(u.Folders[source], strings.TrimLeft(strings.ReplaceAll(name, `\`, "/"), "/"))
		case n > 2:
			ext := path.Ext(name)
			wanted = fmt.Sprintf("%s-%d%s", path.Join(u.Folders[source], strings.TrimSuffix(path.Base(name), ext)), n-1, ext)
		}
		if _, taken := m.named[wanted]; !taken {
			m.named[wanted] = origin{source, row}
			return wanted
		}
	}
}

// Origin returns the source of an image by its name in the union, and what it is
// called there; ok is false if there is none.
func (m *Merged) Origin(name string) (source int, original string, ok bool) {
	from, ok := m.named[name]
	if !ok {
		return 0, "", false
	}
	return from.source, m.parts[from.source].all.Source.images[from.row].name, true
}

// objects decides which annotations keep their ids.
func (m *Merged) objects() error {
	type span struct{ from, to int64 }
	var spans []span
	highest := int64(0)
	of := make([]span, len(m.parts))
	for n, p := range m.parts {
		s := span{math.MaxInt64, math.MinInt64}
		for i, e := range p.all.Source.elements {
			if p.all.keep[i] && isObject(e.kind) {
				s.from, s.to = min(s.from, e.id), max(s.to, e.id)
			}
		}
		of[n] = s
		highest = max(highest, s.to)
	}
	for n, p := range m.parts {
		s, count := of[n], p.all.KeptAnnotations
		if count > 0 && slices.ContainsFunc(spans, func(o span) bool { return s.from <= o.to && o.from <= s.to }) {
			if highest > math.MaxInt64-count {
				return fmt.Errorf("%s: the annotations of another set have its ids, and there are no numbers above %d for new ones", p.all.Source.path, highest)
			}
			p.first = highest + 1
			highest += count
			m.NewObjectIDs += count
			continue
		}
		if count > 0 {
			spans = append(spans, s)
		}
	}
	return nil
}

func isObject(k kind) bool { return k == counted || k == aside }
