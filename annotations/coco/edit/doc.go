// Package edit copies COCO's JSON less some elements of its lists, or with other
// values in them: whatever is not changed is copied byte by byte, unknown fields,
// spaces and the order of keys included. The text was read once before, by package
// coco, so that it is known to be valid and where its elements stand.
package edit
