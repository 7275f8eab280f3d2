package rows

import (
	"fmt"
	"math"

	"cocostat/annotations"
	"cocostat/internal/columnar"
)

// tableColumns finds columns by the names that package tables gives them.
func tableColumns(t *columnar.Table, wanted map[role]string) (at [roles]int) {
	for r := range roles {
		at[r] = -1
		for i, f := range t.Fields {
			if wanted[r] != "" && f.Name == wanted[r] && r.reads(f) {
				at[r] = i
			}
		}
	}
	return at
}

// visitClassTable hands over the table classes.
func (s *scan) visitClassTable() error {
	at := tableColumns(s.classes, map[role]string{categoryID: "category_id", categoryName: "name", supercategory: "supercategory"})
	if at[categoryID] < 0 {
		return s.damaged(fmt.Errorf("the table classes beside it has no column category_id"))
	}
	row := 0
	for i := range s.classes.Batches {
		b, err := readBatch(s.classes.Batch(i), at[:])
		if err != nil {
			return s.damaged(fmt.Errorf("the table classes beside it: %w", err))
		}
		list := make([]annotations.Category, 0, b.rows)
		for i := range b.rows {
			row++
			id, has := b.id(&s.visitor, categoryID, i)
			if !has {
				continue
			}
			list = append(list, annotations.Category{ID: id, Name: b.text(categoryName, i), Supercategory: b.text(supercategory, i),
				Offset: annotations.Line(s.classFile, row), Has: annotations.FieldID | annotations.FieldName})
		}
		if err := s.visitCategories(list); err != nil {
			return err
		}
	}
	return nil
}

// visitImages hands over the table images.
func (s *scan) visitImages() error {
	at := tableColumns(s.images, map[role]string{imageID: "image_id", fileName: "file_name", imageWidth: "width", imageHeight: "height"})
	if at[imageID] < 0 {
		return s.damaged(fmt.Errorf("the table images beside it has no column image_id"))
	}
	row := 0
	for i := range s.images.Batches {
		b, err := readBatch(s.images.Batch(i), at[:])
		if err != nil {
			return s.damaged(fmt.Errorf("the table images beside it: %w", err))
		}
		for i := range b.rows {
			row++
			id, has := b.id(&s.visitor, imageID, i)
			if !has || s.visitor.Image == nil {
				continue
			}
			im := b.image(i)
			im.ID, im.Offset, im.Has = id, annotations.Line(s.imageFile, row), im.Has|annotations.FieldID
			if err := s.visitor.Image(&im); err != nil {
				return err
			}
		}
	}
	return nil
}

// image returns what a row says of its image.
func (b *batch) image(i int) annotations.Image {
	im := annotations.Image{FileName: b.text(fileName, i)}
	if im.FileName != "" {
		im.Has |= annotations.FieldName
	}
	width, _ := b.number(imageWidth, i)
	height, _ := b.number(imageHeight, i)
	if width >= 1 && height >= 1 && width <= math.MaxInt32 && height <= math.MaxInt32 {
		im.Width, im.Height = int(width), int(height)
	}
	return im
}

// rows returns the annotations of some rows, of which the first is row before+1 of
// the file, and hands over their images if the rows alone tell of them.
func (s *scan) rows(b *batch, before int) ([]annotations.Annotation, error) {
	list := make([]annotations.Annotation, b.rows)
	for i := range list {
		a := &list[i]
		a.Offset = annotations.Line(0, before+i+1)
		s.refer(a, b, i)
		s.measure(a, b, i)
		if s.images != nil {
			continue
		}
		if err := s.imageOfRow(a, b, i); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// hand hands over annotations.
func (s *scan) hand(list []annotations.Annotation) error {
	if v := s.visitor.Batches; v != nil {
		return s.handBatch(v, list)
	}
	if s.visitor.Annotation == nil {
		return nil
	}
	for i := range list {
		if err := s.visitor.Annotation(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

// handBatch hands over annotations to a visitor that takes several.
func (s *scan) handBatch(v *annotations.Batches, list []annotations.Annotation) error {
	ids := make([]int64, 0, len(list))
	for i := range list {
		if list[i].Has&annotations.FieldID != 0 {
			ids = append(ids, list[i].ID)
		}
	}
	if err := v.Confirm(list, ids); err != nil {
		return err
	}
	v.Enter(list, 0)
	return nil
}

// refer fills in what an annotation is called, and what it refers to.
func (s *scan) refer(a *annotations.Annotation, b *batch, i int) {
	var has bool
	if s.at[annotationID] < 0 {
		a.ID, a.Has = a.Offset&(1<<32-1), annotations.FieldID
	} else if a.ID, has = b.id(&s.visitor, annotationID, i); has {
		a.Has |= annotations.FieldID
	} else {
		s.problem(annotations.UnreadableID, a)
	}
	if s.at[imageID] >= 0 {
		a.ImageID, has = b.id(&s.visitor, imageID, i)
	} else {
		a.ImageID, has = s.numbered(b.text(fileName, i))
	}
	if has {
		a.Has |= annotations.FieldImageID
	} else {
		s.problem(annotations.UnreadableID, a)
	}
	if s.at[categoryID] >= 0 {
		a.CategoryID, has = b.id(&s.visitor, categoryID, i)
	} else {
		a.CategoryID, has = s.classIDs[b.text(categoryName, i)]
	}
	if has {
		a.Has |= annotations.FieldCategoryID
	} else {
		s.problem(annotations.UnreadableID, a)
	}
}

func (s *scan) problem(kind annotations.Kind, a *annotations.Annotation) {
	if s.visitor.Problem != nil {
		s.visitor.Problem(kind, a.ID, a.Offset)
	}
}

// numbered returns the number of an image that has no id.
func (s *scan) numbered(file string) (int64, bool) {
	if file == "" {
		return 0, false
	}
	id, known := s.imageIDs[file]
	if !known {
		id = int64(len(s.imageIDs)) + 1
		s.imageIDs[file] = id
	}
	return id, true
}

// measure fills in box, area and crowd.
func (s *scan) measure(a *annotations.Annotation, b *batch, i int) {
	if s.box[0] >= 0 {
		whole, empty := true, true
		form := sides
		if s.corners {
			form = corners
		}
		for k, r := range form {
			v, has := b.number(r, i)
			a.BBox[k], whole, empty = v, whole && has, empty && b.null(r, i)
		}
		switch {
		case whole && s.corners:
			a.BBox[2], a.BBox[3] = a.BBox[2]-a.BBox[0], a.BBox[3]-a.BBox[1]
			fallthrough
		case whole:
			a.Has |= annotations.FieldBBox
			a.Area = a.BBox[2] * a.BBox[3]
		default:
			a.BBox = [4]float64{}
			if !empty {
				a.Has |= annotations.FieldBoxTold
				s.problem(annotations.UnreadableField, a)
			}
		}
	}
	if v, has := b.number(area, i); has {
		a.Area = v
		a.Has |= annotations.FieldArea
	} else {
		a.Has |= annotations.FieldAreaTold
	}
	v, _ := b.number(crowd, i)
	a.Crowd = v != 0
}

// imageOfRow hands over the image of a row, the first time.
func (s *scan) imageOfRow(a *annotations.Annotation, b *batch, i int) error {
	if a.Has&annotations.FieldImageID == 0 || s.known[a.ImageID] || s.visitor.Image == nil {
		return nil
	}
	s.known[a.ImageID] = true
	im := b.image(i)
	im.ID, im.Offset, im.Has = a.ImageID, a.Offset, im.Has|annotations.FieldID
	return s.visitor.Image(&im)
}
