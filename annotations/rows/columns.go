package rows

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cocostat/internal/columnar"
)

// role is what a column can be.
type role int

const (
	annotationID role = iota
	imageID
	fileName
	categoryID
	categoryName
	boxX
	boxY
	boxWidth
	boxHeight
	boxLeft
	boxTop
	boxRight
	boxBottom
	area
	crowd
	imageWidth
	imageHeight
	supercategory // of the table classes alone
	roles         // their number
)

// names are what the column of a role may be called, the first as boxes has it.
var names = [roles][]string{
	annotationID:  {"annotation_id", "ann_id", "id"},
	imageID:       {"image_id"},
	fileName:      {"file_name", "filename", "image_path", "file", "image", "path"},
	categoryID:    {"category_id", "class_id", "label_id", "cat_id", "category", "class", "label"},
	categoryName:  {"category_name", "class_name", "label_name", "category", "class", "label", "name"},
	boxX:          {"x", "bbox_x", "box_x"},
	boxY:          {"y", "bbox_y", "box_y"},
	boxWidth:      {"width", "w", "bbox_width", "bbox_w", "box_width", "box_w"},
	boxHeight:     {"height", "h", "bbox_height", "bbox_h", "box_height", "box_h"},
	boxLeft:       {"xmin", "x_min", "x1", "left", "bbox_xmin"},
	boxTop:        {"ymin", "y_min", "y1", "top", "bbox_ymin"},
	boxRight:      {"xmax", "x_max", "x2", "right", "bbox_xmax"},
	boxBottom:     {"ymax", "y_max", "y2", "bottom", "bbox_ymax"},
	area:          {"area", "bbox_area"},
	crowd:         {"iscrowd", "is_crowd", "crowd"},
	imageWidth:    {"image_width", "img_width"},
	imageHeight:   {"image_height", "img_height"},
	supercategory: {"supercategory"},
}

// Roles are the names of the columns that are read, which Options.Columns may give
// to others.
func Roles() []string {
	var out []string
	for r := range supercategory {
		out = append(out, names[r][0])
	}
	return out
}

// columnsOf says which columns of a table have a role, by role; -1: none. given
// names columns by the names of roles.
func columnsOf(t *columnar.Table, given map[string]string) (at [roles]int, err error) {
	for r := range roles {
		at[r] = -1
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		r := role(slices.IndexFunc(names[:], func(of []string) bool { return of[0] == name }))
		column := slices.IndexFunc(t.Fields, func(f columnar.Field) bool { return f.Name == given[name] })
		switch {
		case r < 0:
			return at, fmt.Errorf("no column is read as %q: there are %s", name, strings.Join(Roles(), ", "))
		case column < 0:
			return at, fmt.Errorf("there is no column %q for %s, but %s", given[name], name, fieldNames(t))
		}
		at[r] = column
	}
	for r := range roles {
		if at[r] >= 0 {
			continue
		}
		at[r] = find(t, r, at)
	}
	return at, nil
}

// find returns the column of a role by its names, which no other role has yet.
func find(t *columnar.Table, r role, taken [roles]int) int {
	for _, name := range names[r] {
		for i, f := range t.Fields {
			if strings.EqualFold(f.Name, name) && r.fits(f.Type) && !slices.Contains(taken[:], i) {
				return i
			}
		}
	}
	return -1
}

// fits reports whether a column of a type can have the role; one whose name is that
// of the role alone is refused later, with a reason.
func (r role) fits(t columnar.Type) bool {
	switch r {
	case categoryID:
		return !t.IsText()
	case categoryName, fileName, supercategory:
		return t.IsText()
	}
	return true
}

// fieldNames lists the columns of a table.
func fieldNames(t *columnar.Table) string {
	const most = 20
	var out []string
	for i, f := range t.Fields {
		if i == most {
			out = append(out, "…")
			break
		}
		out = append(out, strconv.Quote(f.Name))
	}
	return strings.Join(out, ", ")
}

// corners and sides are the two forms of a box.
var (
	sides   = [4]role{boxX, boxY, boxWidth, boxHeight}
	corners = [4]role{boxLeft, boxTop, boxRight, boxBottom}
)

// box returns the columns of a box, and whether they are corners; none if there is
// no box.
func box(at [roles]int) (columns [4]int, isCorners bool, err error) {
	for _, form := range [][4]role{sides, corners} {
		found := 0
		for i, r := range form {
			if columns[i] = at[r]; at[r] >= 0 {
				found++
			}
		}
		switch {
		case found == len(form):
			return columns, form == corners, nil
		case found > 0 && form == corners, found > 0 && at[boxLeft] < 0:
			return columns, false, fmt.Errorf("of the columns of a box, x, y, width, height or xmin, ymin, xmax, ymax, only %d are there", found)
		}
	}
	return [4]int{-1, -1, -1, -1}, false, nil
}
