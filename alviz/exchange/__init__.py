"""Labels and models in and out of runs, in the formats that other tools read and write.

=============  ==========  ==============================  =================================================
Format         Extension   Set-aside examples              Which pool the ids are rows of
=============  ==========  ==============================  =================================================
csv            .csv        rows without a label, `why`     not said: ids are checked against the names
parquet        .parquet    rows without a label, `why`     the digest, in the metadata of the schema
coco           .json       images without an annotation    the digest, in ``info``
label-studio   .json       tasks whose annotation was      the digest, in the ``data`` of each task
                           cancelled, as for skipped ones
=============  ==========  ==============================  =================================================

Label Studio's labeling configuration for exported tasks, where ``$image`` is ``$text`` for pools of vectors::

    <View><Image name="image" value="$image"/>
    <Choices name="label" toName="image"><Choice value="cat"/><Choice value="dog"/></Choices></View>
"""

from alviz.exchange.exporting import export_labels
from alviz.exchange.importing import Imported, import_labels
from alviz.exchange.initial import read_labels
from alviz.exchange.model import export_model
from alviz.exchange.pseudo import export_pseudo_labels

__all__ = ["Imported", "export_labels", "export_model", "export_pseudo_labels", "import_labels", "read_labels"]
