"""Pure functions on tensors: no parameters, no state, the device and dtype of the input.

maps        a skeleton drawn: heat_maps, discs, skeleton_mask, limb_distance; scale_joints
warp        maps read at pixels: sample, warp, affine, pixel_grid, resize_flow
regions     region maps: one_hot, planes, surest, remap, resize_parsing; region_pool, region_codes, region_paint, swap_regions
windows     convolutions of a label map, once for each different window: spread, summed, numbered
correlate   a dense correlation in factors: correlation, transport, transported, rows, matrix, expected_source
motion      what fields say: moved_images, warp_parts, blend_parts, expected_flow
rigid       the body as ten rigid parts: body_parts, part_masks, part_affines, affine_flow
skinning    the parts' motions blended: skinned_flow, body_coordinates
boxes       boxes around head, torso, legs: part_boxes, box_masks
patches     windows of a map around a flow: extract_patches, attend_patches, gaussian_warp
stature     a pose taken over by another build: height, take_pose, credible, facing, within
fit         least squares: fit_affine, fit_similarity, scale_affines
edges       of photos and label maps: canny_edges, label_edges
image       bytes and [-1, 1]: to_uint8, from_uint8
scene       a figure before a background: filled, backdrop, laid_over
puppet      a figure cut into rigid parts, in another pose: puppet_flow
limbs       where body parts go when they keep their width: limb_affines
completion  a hole in a picture filled with patches of what is around it: completed
sheets      a figure cut into sheets that bend, in another pose: laid_out, cut
batch       the whole batch of several processes: total, rand, randn
noise       the same for the same pair on every machine: named_noise, seeded
sources     several photos of one person as the source: together, repeated, first_of, further
normalise   instance_norm that keeps channels last; norms over the whole batch
shrink      what a model made, seen smaller: shrunk
denormals   flushed_denormals
device      where tensors live: choose_device
memory      kept_memory
precision   bfloat16 where it is safe: reduced; settled
"""
