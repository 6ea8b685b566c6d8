// An account may act for several practitioners, so whatever was written says for whom. Until now each acted for one.
MATCH (e:Event)-[:BY]->(:Account)-[:ACTS_AS]->(p:Practitioner) WHERE e.actsFor IS NULL SET e.actsFor = p.id;
MATCH (m:Message)-[:BY]->(:Account)-[:ACTS_AS]->(p:Practitioner) WHERE m.actsFor IS NULL SET m.actsFor = p.id;
MATCH (a:Attachment)-[:BY]->(:Account)-[:ACTS_AS]->(p:Practitioner) WHERE a.actsFor IS NULL SET a.actsFor = p.id;
