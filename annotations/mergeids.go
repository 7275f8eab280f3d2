package annotations

import "slices"

// IDs gives the identifiers that counts have for those of a file.
type IDs struct {
	images  map[int64]int64 // nil: as they are
	classes map[int64]int64
	left    map[int64]bool
	numbers bool // classes have ids of their own
}

// IDs returns the identifiers for those of file i of the sources.
func (o *Origin) IDs(i int) *IDs {
	t, rows := o.files[i], o.rows[i]
	ids := &IDs{classes: map[int64]int64{}, left: map[int64]bool{}, numbers: o.counts.Renumbered}
	for row := range t.classes {
		id := t.classes[row].ID
		switch class := rows.class[row]; {
		case class <= leftOut:
			ids.left[id] = true
		case class >= 0:
			ids.classes[id] = o.counts.Categories[class].ID
		}
	}
	if !o.counts.ImagesRenumbered {
		return ids
	}
	ids.images = make(map[int64]int64, len(t.frames))
	for row := range t.frames {
		if image := rows.image[row]; image >= 0 {
			ids.images[t.images.at(int32(row)).id] = o.counts.ImageRows[image].ID
		}
	}
	return ids
}

// Apply gives an annotation the identifiers, and reports whether it stays: its
// category is not left out. One that the counts do not know stays what it is, or
// where they have numbers of their own, is absent.
func (d *IDs) Apply(a *Annotation) bool {
	if d.left[a.CategoryID] {
		return false
	}
	if id, known := d.classes[a.CategoryID]; known {
		a.CategoryID = id
	} else if d.numbers {
		a.Has &^= FieldCategoryID
	}
	if id, known := d.images[a.ImageID]; known {
		a.ImageID = id
	} else if d.images != nil {
		a.Has &^= FieldImageID
	}
	return true
}

// inverse returns what leads back from the identifiers of the counts; of several
// categories of one class, to any.
func (d *IDs) inverse() *IDs {
	back := &IDs{classes: map[int64]int64{}}
	for from, to := range d.classes {
		if other, known := back.classes[to]; !known || from < other {
			back.classes[to] = from
		}
	}
	if d.images != nil {
		back.images = make(map[int64]int64, len(d.images))
		for from, to := range d.images {
			back.images[to] = from
		}
	}
	return back
}

// FileBoxes are the rows of a file in the table boxes.
type FileBoxes struct {
	Rows int64
	IDs  *IDs // that lead back to those of the file; nil: they are those
}

// fileBoxes returns the rows of each file. Tables that were united by name, or of
// several datasets without ids, have identifiers of their own, which follow from the
// files.
func fileBoxes(tallies []*Tally, header mergeHeader) ([]FileBoxes, error) {
	boxes := make([]FileBoxes, len(tallies))
	for i, n := range header.Boxes {
		boxes[i].Rows = n
	}
	if !header.Options.ByName && !(len(tallies) > 1 && slices.ContainsFunc(tallies, (*Tally).numbered)) {
		return boxes, nil
	}
	was := header.Options
	c, err := Merge(tallies, Options{ByName: was.ByName, ForTables: true, Part: true, NoRoots: true,
		Selection: Selection{Classes: was.Classes, Drop: was.LeaveOut, Merge: was.Merge}})
	if err != nil {
		return nil, err
	}
	for i := range boxes {
		boxes[i].IDs = c.Origin.IDs(i).inverse()
	}
	return boxes, nil
}
